package keyring

import (
	"testing"

	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

const alice = id.Identity("SHA256:alice")

// with is alice, who has added a key at each of these seconds.
func with(keys ...id.Fingerprint) (*Table, *turn.Turn) {
	tab, tn := New(), &turn.Turn{}
	for i, k := range keys {
		tn.Begin(id.Index(i+1), id.Time(i+1)*id.Time(id.Second), id.Wall(i+1))
		tab.Open(tn, alice, Proof{byte(i + 1)})
		c, _ := tab.Code(Proof{byte(i + 1)}, tn.Now)
		tab.Add(tn, c, k)
	}
	return tab, tn
}

func TestAKeyWithoutARowIsItsOwn(t *testing.T) {
	tab := New()
	if who, ok := tab.Who("SHA256:k"); !ok || who != "SHA256:k" {
		t.Errorf("it is %s's: %v", who, ok)
	}
	if all := tab.Of(alice); len(all) != 1 || all[0].Print != alice.First() {
		t.Errorf("she has %+v", all)
	}
}

func TestKeysStandAsTheyWereAdded(t *testing.T) {
	tab, tn := with("SHA256:z", "SHA256:b")
	var got []id.Fingerprint
	for _, k := range tab.Of(alice) {
		got = append(got, k.Print)
	}
	if len(got) != 3 || got[0] != alice.First() || got[1] != "SHA256:z" || got[2] != "SHA256:b" {
		t.Errorf("her keys are %v", got)
	}
	z, _ := tab.Key("SHA256:z")
	tab.Remove(tn, z, 1, id.Session{})
	if who, ok := tab.Who("SHA256:z"); ok || who != alice {
		t.Errorf("a removed key is %s's: %v", who, ok)
	}
	b, _ := tab.Key("SHA256:b")
	tn.Now++
	tab.Remove(tn, b, 1, id.Session{})
	if _, denied := tab.Key("SHA256:z"); denied {
		t.Error("more are denied than are kept")
	}
	if err := tab.Check(); err != nil {
		t.Error(err)
	}
}

func TestPromisesAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Table){
		"no key left": func(tab *Table) {
			for _, k := range tab.Of(alice) {
				k.Removed = true
				tab.keys.Put(k)
			}
		},
		"no first key": func(tab *Table) { tab.keys.Delete(alice.First()) },
		"a code of somebody whose key is another's": func(tab *Table) {
			tab.Open(&turn.Turn{}, "SHA256:k", Proof{7})
		},
		"two codes of one proof": func(tab *Table) {
			tab.codes.Put(Code{Who: alice, Proof: Proof{7}})
			tab.codes.Put(Code{Who: "SHA256:bob", Proof: Proof{7}})
			tab.by[Proof{7}] = alice
		},
	} {
		tab, _ := with("SHA256:k")
		if err := tab.Check(); err != nil {
			t.Fatal(err)
		}
		if spoil(tab); tab.Check() == nil {
			t.Errorf("%s: nobody says so", name)
		}
	}
}

func TestSectionsComeBack(t *testing.T) {
	tab, tn := with("SHA256:k", "SHA256:l")
	k, _ := tab.Key("SHA256:k")
	tab.Remove(tn, k, 5, id.Session{})
	tab.Open(tn, alice, Proof{9})
	var keys, codes wire.Encoder
	tab.Clone().EncodeKeys(&keys)
	tab.Clone().EncodeCodes(&codes)
	back := New()
	back.DecodeKeys(wire.NewDecoder(keys.Bytes()))
	back.DecodeCodes(wire.NewDecoder(codes.Bytes()))
	if err := back.Check(); err != nil {
		t.Fatal(err)
	}
	if c, ok := back.Code(Proof{9}, tn.Now); !ok || c.Who != alice || len(back.Of(alice)) != 2 || back.Len() != 3 {
		t.Errorf("came back as %+v", back)
	}
}
