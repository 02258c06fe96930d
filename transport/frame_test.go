package transport

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
	"testing/iotest"
)

type countingWriter struct {
	bytes.Buffer
	calls int
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.calls++
	return w.Buffer.Write(p)
}

func TestFramesComeBackAsWritten(t *testing.T) {
	var w countingWriter
	sizes := []int{0, 1, 4095, 4096, 4097, 70000}
	for i, n := range sizes {
		if err := WriteFrame(&w, byte(i), bytes.Repeat([]byte{byte(n)}, n)); err != nil {
			t.Fatal(err)
		}
	}
	if w.calls != len(sizes) {
		t.Errorf("%d frames took %d writes", len(sizes), w.calls)
	}
	r := iotest.OneByteReader(&w)
	var buf []byte
	for i, n := range sizes {
		kind, payload, err := ReadFrame(r, 70000, buf)
		if err != nil || kind != byte(i) || !bytes.Equal(payload, bytes.Repeat([]byte{byte(n)}, n)) {
			t.Fatalf("frame %d came back with kind %d, %d bytes, %v", i, kind, len(payload), err)
		}
		buf = payload
	}
	if _, _, err := ReadFrame(r, 70000, buf); err != io.EOF {
		t.Errorf("at the end got %v, want EOF", err)
	}
}

func TestFrameLayoutIsPinned(t *testing.T) {
	var w bytes.Buffer
	WriteFrame(&w, 7, []byte("hi"))
	if got, want := w.Bytes(), []byte{0, 0, 0, 3, 7, 'h', 'i'}; !bytes.Equal(got, want) {
		t.Errorf("got % x, want % x", got, want)
	}
}

func TestFrameOverTheLimitIsRefusedUnread(t *testing.T) {
	var w bytes.Buffer
	WriteFrame(&w, 1, make([]byte, 101))
	if _, _, err := ReadFrame(&w, 100, nil); !errors.Is(err, ErrFrameTooLong) {
		t.Errorf("got %v, want ErrFrameTooLong", err)
	}
	if w.Len() != 101 {
		t.Errorf("%d bytes of the payload were read", 101-w.Len())
	}
}

func TestFrameThatLiesAboutItsLengthCostsNothing(t *testing.T) {
	lie := append(binary.BigEndian.AppendUint32(nil, 1<<30), 1, 'x')
	_, payload, err := ReadFrame(bytes.NewReader(lie), math.MaxInt32, nil)
	if err != io.ErrUnexpectedEOF {
		t.Errorf("got %v, want ErrUnexpectedEOF", err)
	}
	if cap(payload) > frameGrow {
		t.Errorf("it took %d bytes of memory", cap(payload))
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 1}, 10)
	f.Add([]byte{0, 0, 0, 0, 1}, 10)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 1, 2}, 1<<30)
	f.Fuzz(func(t *testing.T, b []byte, max int) {
		if max < 0 {
			return
		}
		r := bytes.NewReader(b)
		kind, payload, err := ReadFrame(r, max, nil)
		if cap(payload) > 2*len(b)+frameGrow {
			t.Fatalf("%d bytes made it allocate %d", len(b), cap(payload))
		}
		if err != nil {
			return
		}
		if len(payload) > max {
			t.Fatalf("%d bytes of payload, at most %d wanted", len(payload), max)
		}
		var w bytes.Buffer
		WriteFrame(&w, kind, payload)
		if !bytes.Equal(w.Bytes(), b[:len(b)-r.Len()]) {
			t.Fatalf("written again it is % x, was % x", w.Bytes(), b)
		}
	})
}
