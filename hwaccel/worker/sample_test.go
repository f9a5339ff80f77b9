package worker

import (
	"reflect"
	"testing"

	"github.com/vedette-av/vedette/detectors"
)

// filled sets everything in v to something other than its zero.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n%255 + 1))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n))
	case reflect.String:
		v.SetString("text")
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			filled(v.Index(i), n)
		}
	default:
		panic(v.Kind())
	}
}

// TestEverySampleFieldTravels finds the field that was added to a sample and not to its message.
func TestEverySampleFieldTravels(t *testing.T) {
	n := 0
	sent, got := &detectors.Picture{}, &detectors.Picture{}
	filled(reflect.ValueOf(sent).Elem(), &n)
	f := &flat{}
	picture(f, sent)
	f.reading = true
	picture(f, got)
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	got.Damage = sent.Damage // travels beside it
	differ(t, reflect.ValueOf(*sent), reflect.ValueOf(*got), "Picture")

	sentSound, gotSound := &detectors.Sound{}, &detectors.Sound{}
	filled(reflect.ValueOf(sentSound).Elem(), &n)
	f = &flat{}
	sound(f, sentSound)
	f.reading = true
	sound(f, gotSound)
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	differ(t, reflect.ValueOf(*sentSound), reflect.ValueOf(*gotSound), "Sound")
}

func differ(t *testing.T, sent, got reflect.Value, name string) {
	t.Helper()
	for i := range sent.NumField() {
		a, b := sent.Field(i).Interface(), got.Field(i).Interface()
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s.%s: sent %v, got %v", name, sent.Type().Field(i).Name, a, b)
		}
	}
}

func TestSampleReaderReadsAgain(t *testing.T) {
	p := goodPicture()
	p.Damage = &detectors.Damage{Errors: true, Concealed: 3}
	var reader sampleReader
	for i, want := range []detectors.Sample{{At: 1, Picture: p}, {At: 2, Picture: goodPicture()}} {
		got, packets, err := reader.read((&sampleMessage{want, uint64(i)}).append(nil))
		if err != nil || packets != uint64(i) || got.At != want.At {
			t.Fatalf("sample %d: at %v after %d packets, %v", i, got.At, packets, err)
		}
		if !reflect.DeepEqual(got.Picture.Damage, want.Picture.Damage) {
			t.Errorf("sample %d: damage %+v, want %+v", i, got.Picture.Damage, want.Picture.Damage)
		}
	}
}

func TestSampleCutShortOrLonger(t *testing.T) {
	whole := (&sampleMessage{Sample: detectors.Sample{Picture: goodPicture()}}).append(nil)
	var reader sampleReader
	for n := range whole {
		if _, _, err := reader.read(whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a sample", n, len(whole))
		}
	}
	if _, _, err := reader.read(append(whole, 0)); err == nil {
		t.Error("a byte too many was overlooked")
	}
}

// BenchmarkSample is the way of a 1080p picture from worker to daemon, but for the socket.
func BenchmarkSample(b *testing.B) {
	const width, height, columns, rows = 1920, 1080, 120, 68
	p := &detectors.Picture{Width: width, Height: height}
	p.Cells = detectors.Cells{Size: 16, Columns: columns, Rows: rows}
	cells := func() []byte { return make([]byte, columns*rows) }
	c := &p.Cells
	for _, of := range []*[]byte{&c.Mean, &c.Spread, &c.Change, &c.Cb, &c.Cr, &c.Border, &c.Detail, &c.Comb,
		&c.SeamAcross, &c.SeamDown, &c.MiddleAcross, &c.MiddleDown} {
		*of = cells()
	}
	m := &sampleMessage{Sample: detectors.Sample{Picture: p}}
	var reader sampleReader
	var body []byte
	b.ReportAllocs()
	for b.Loop() {
		body = m.append(body[:0])
		if _, _, err := reader.read(body); err != nil {
			b.Fatal(err)
		}
	}
}
