package eval

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestSpoiled(t *testing.T) {
	psnr := make([]float64, 100)
	for i := range psnr {
		psnr[i] = math.Inf(1)
	}
	copy(psnr[10:], []float64{40, 20, 20, 40, 20}) // one defect with pictures that are not clearly bad
	psnr[50] = 40                                  // may be told
	got := spoiled(psnr, 32, 45)
	want := []Defect{
		{From: picture(10), Until: picture(15)},
		{From: picture(10), Until: picture(11), Maybe: true},
		{From: picture(13), Until: picture(14), Maybe: true},
		{From: picture(50), Until: picture(51), Maybe: true},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v, want %+v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%d: %+v, want %+v", i, got[i], want[i])
		}
	}
	// Pictures that are less than half a second apart are one defect, others are two.
	for gap, n := range map[int]int{apart: 1, apart + 1: 2} {
		psnr := bytesOf(100)
		psnr[20], psnr[20+gap] = 10, 10
		defects := 0
		for _, d := range spoiled(psnr, 32, 45) {
			if !d.Maybe {
				defects++
			}
		}
		if defects != n {
			t.Errorf("%d pictures apart: %d defects, want %d", gap, defects, n)
		}
	}
}

func bytesOf(n int) []float64 {
	psnr := make([]float64, n)
	for i := range psnr {
		psnr[i] = 60
	}
	return psnr
}

// stream is a transport stream of a real encoder.
func stream(t *testing.T) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skipf("no ffmpeg here: %v", err)
	}
	shop, err := NewShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shop.dir, "a.ts")
	if _, err := shop.FFmpeg(t.Context(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3",
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "1M", "-c:a", "mp2", path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLoss(t *testing.T) {
	whole := stream(t)
	packets := func(b []byte) int { return len(b) / tsPacket }
	same, err := Loss{}.apply(whole)
	if err != nil || !bytes.Equal(same, whole) {
		t.Errorf("no loss changes something: %v", err)
	}
	lossy, err := Loss{Packets: 0.1, Seed: 1}.apply(whole)
	if err != nil {
		t.Fatal(err)
	}
	if share := float64(packets(whole)-packets(lossy)) / float64(packets(whole)); share < 0.03 || share > 0.12 {
		t.Errorf("lost %.3f of all packets, want about 0.08: a tenth of the video after half a second", share)
	}
	again, _ := Loss{Packets: 0.1, Seed: 1}.apply(whole)
	other, _ := Loss{Packets: 0.1, Seed: 2}.apply(whole)
	if !bytes.Equal(lossy, again) || bytes.Equal(lossy, other) {
		t.Error("the seed decides what is lost")
	}
	late, _ := Loss{Packets: 1, From: 2}.apply(whole)
	if n := packets(late); n <= packets(whole)/2 || n >= packets(whole) {
		t.Errorf("%d packets of %d are left when the last second is lost", n, packets(whole))
	}
	wrong, _ := Loss{Bits: 0.05, Seed: 1}.apply(whole)
	if len(wrong) != len(whole) || bytes.Equal(wrong, whole) {
		t.Error("bit errors lose nothing, and change something")
	}
	for i := 0; i < len(wrong); i += tsPacket {
		if !bytes.Equal(wrong[i:i+4], whole[i:i+4]) {
			t.Fatalf("a header at %d is wrong", i)
		}
	}
	if _, err := (Loss{}).apply(make([]byte, 10*tsPacket)); err == nil {
		t.Error("damaged a stream without video")
	}
}

func TestDamageTellsItsTruth(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skipf("no ffmpeg here: %v", err)
	}
	if testing.Short() {
		t.Skip("short: no media")
	}
	shop, err := NewShop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	corpus := Corpus{Sources: madeSources}
	clean := Render(Rendering{Picture: corpus.Picture(madeSources[0], 4), VideoCodec: H264("1M"), Container: ".ts"})
	damaged := Damage(clean, Loss{Packets: 0.2, From: 2, Until: 2.2, Seed: 3})
	truth, err := Spoiled(damaged, clean, 32, 45)(t.Context(), shop)
	if err != nil {
		t.Fatal(err)
	}
	if len(truth) == 0 || truth[0].From < 1900*time.Millisecond || truth[0].From > 2300*time.Millisecond {
		t.Errorf("truth %+v, want a defect from about 2 s on", truth)
	}
	none, err := Spoiled(clean, clean, 32, 45)(t.Context(), shop)
	if err != nil || len(none) != 0 {
		t.Errorf("a clean stream has %+v, %v", none, err)
	}
}
