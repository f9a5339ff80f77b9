package file

import "testing"

func TestMarks(t *testing.T) {
	count := func(packets int, marked func(int) bool) (real int) {
		var m marks
		for i := range packets {
			if m.real(marked(i)) {
				real++
			}
		}
		return real
	}
	for _, c := range []struct {
		name   string
		marked func(int) bool
		want   int
	}{
		{"none", func(int) bool { return false }, 0},
		{"one", func(i int) bool { return i == 50 }, 1},
		{"one in ten", func(i int) bool { return i%10 == 9 }, 10},
		{"every one", func(int) bool { return true }, 0},
		{"nearly every one", func(i int) bool { return i%20 != 7 }, 0},
		{"a burst", func(i int) bool { return i >= 40 && i < 46 }, 6},
	} {
		if got := count(100, c.marked); got != c.want {
			t.Errorf("%s: %d marks count, want %d", c.name, got, c.want)
		}
	}
}
