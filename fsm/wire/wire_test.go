package wire

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestValuesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u, i := rapid.Uint64().Draw(t, "u"), rapid.Int64().Draw(t, "i")
		s, b := rapid.String().Draw(t, "s"), rapid.Bool().Draw(t, "b")
		u32, u16 := rapid.Uint32().Draw(t, "u32"), rapid.Uint16().Draw(t, "u16")
		e := NewEncoder([]byte("front"))
		e.Uint(u)
		e.Int(i)
		e.Fixed64(u)
		e.String(s)
		e.Bool(b)
		e.Blob([]byte(s))
		e.Byte(7)
		e.Uint(uint64(u32))
		e.Uint(uint64(u16))
		e.Raw([]byte{1, 2})
		if e.Len() != len(e.Bytes()) || !bytes.HasPrefix(e.Bytes(), []byte("front")) {
			t.Fatalf("%q", e.Bytes())
		}
		d := NewDecoder(e.Bytes()[5:])
		if d.Uint() != u || d.Int() != i || d.Fixed64() != u || d.String(len(s)) != s || d.Bool() != b ||
			string(d.Blob(len(s))) != s || d.Byte() != 7 || d.Uint32() != u32 || d.Uint16() != u16 || !bytes.Equal(d.Raw(2), []byte{1, 2}) {
			t.Fatalf("%x", e.Bytes())
		}
		if err := d.Done(); err != nil {
			t.Fatal(err)
		}
	})
}

// Whatever bytes are read as a number, writing the number gives those bytes.
func TestANumberHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.OneOf(rapid.Byte(), rapid.SampledFrom([]byte{0, 0x7f, 0x80, 0xff})), 0, 12).Draw(t, "data")
		d := NewDecoder(data)
		if v := d.Uint(); d.Err() == nil {
			var e Encoder
			if e.Uint(v); !bytes.Equal(e.Bytes(), data[:len(data)-d.Left()]) {
				t.Fatalf("%x is %d is %x", data, v, e.Bytes())
			}
		}
		d = NewDecoder(data)
		if v := d.Int(); d.Err() == nil {
			var e Encoder
			if e.Int(v); !bytes.Equal(e.Bytes(), data[:len(data)-d.Left()]) {
				t.Fatalf("%x is %d is %x", data, v, e.Bytes())
			}
		}
	})
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		read func(*Decoder)
		want error
	}{
		"empty number":      {nil, func(d *Decoder) { d.Uint() }, ErrShort},
		"cut number":        {[]byte{0x80}, func(d *Decoder) { d.Uint() }, ErrShort},
		"65 bits":           {[]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 2}, func(d *Decoder) { d.Uint() }, ErrShort},
		"long zero":         {[]byte{0x80, 0}, func(d *Decoder) { d.Uint() }, ErrCanonical},
		"33 bits":           {[]byte{0x80, 0x80, 0x80, 0x80, 0x10}, func(d *Decoder) { d.Uint32() }, ErrLong},
		"17 bits":           {[]byte{0x80, 0x80, 0x04}, func(d *Decoder) { d.Uint16() }, ErrLong},
		"truth":             {[]byte{2}, func(d *Decoder) { d.Bool() }, ErrCanonical},
		"string over bound": {[]byte{3, 'a', 'b', 'c'}, func(d *Decoder) { d.String(2) }, ErrLong},
		"string cut":        {[]byte{3, 'a', 'b'}, func(d *Decoder) { d.String(9) }, ErrShort},
		"huge string":       {[]byte{255, 255, 255, 255, 255, 255, 255, 255, 127}, func(d *Decoder) { d.Blob(math.MaxInt) }, ErrShort},
		"count over bound":  {[]byte{5, 0, 0, 0, 0, 0}, func(d *Decoder) { d.Count(4, 1) }, ErrLong},
		"lying count":       {[]byte{4, 0, 0, 0, 0, 0, 0, 0}, func(d *Decoder) { d.Count(9, 2) }, ErrShort},
		"fixed cut":         {make([]byte, 7), func(d *Decoder) { d.Fixed64() }, ErrShort},
		"left over":         {[]byte{1, 2}, func(d *Decoder) { d.Byte() }, ErrTrailing},
		"negative":          {[]byte{1}, func(d *Decoder) { d.Raw(-1) }, ErrShort},
	} {
		d := NewDecoder(c.data)
		c.read(d)
		if err := d.Done(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestTheFirstFaultSticks(t *testing.T) {
	d := NewDecoder([]byte{2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1})
	d.Bool()
	if d.Uint() != 0 || d.Int() != 0 || d.Byte() != 0 || d.Fixed64() != 0 || d.String(9) != "" || d.Blob(9) != nil || d.Count(9, 1) != 0 {
		t.Fatal("something was read after a fault")
	}
	d.Fail(ErrShort)
	if d.Done() != ErrCanonical || d.Left() != 0 {
		t.Fatalf("the fault is %v", d.Err())
	}
}

func TestALyingCountAllocatesNothing(t *testing.T) {
	data := []byte{255, 255, 255, 255, 15, 0}
	if n := testing.AllocsPerRun(100, func() {
		d := NewDecoder(data)
		d.Count(math.MaxInt, 1)
		d = NewDecoder(data)
		d.Blob(math.MaxInt)
	}); n > 2 {
		t.Fatalf("%v allocations", n)
	}
}
