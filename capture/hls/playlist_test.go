package hls

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseMedia(t *testing.T) {
	m, _, err := parsePlaylist([]byte("\ufeff#EXTM3U\r\n" + `
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:4
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4",BYTERANGE="100@5"
#EXT-X-KEY:METHOD=AES-128,URI="k,1",IV=0x000102030405060708090A0B0C0D0E0F
#EXTINF:4.0,title, with comma
#EXT-X-BYTERANGE:1000@10
a.ts
#EXT-X-KEY:METHOD=NONE
#EXTINF:3.5
#EXT-X-BYTERANGE:500
a.ts
#EXT-X-MAP:URI="other.mp4"
#EXT-X-DISCONTINUITY
#EXT-X-GAP
#EXT-X-PART:DURATION=0.5,URI="b",BYTERANGE="10@0",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="b",BYTERANGE="20"
#EXTINF:1,
b
#SOMETHING-ELSE
#EXT-X-UNHEARD-OF:1
#EXT-X-PART:DURATION=0.25,URI="c0",GAP=YES
#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="next.mp4"
`))
	if err != nil {
		t.Fatal(err)
	}
	first, second := &resource{"init.mp4", 5, 100}, &resource{"other.mp4", 0, -1}
	want := &media{
		target: 4 * time.Second, sequence: 7, canBlock: true, holdBack: 1500 * ms,
		segments: []segment{
			{resource: resource{"a.ts", 10, 1000}, duration: 4 * time.Second, init: first,
				key: &key{"AES-128", "k,1", []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}},
			{resource: resource{"a.ts", 1010, 500}, duration: 3500 * ms, init: first},
			{resource: resource{"b", 0, -1}, duration: time.Second, init: second, discontinuity: true, gap: true, parts: []part{
				{resource: resource{"b", 0, 10}, duration: 500 * ms, independent: true},
				{resource: resource{"b", 10, 20}, duration: 500 * ms},
			}},
		},
		parts: []part{{resource: resource{"c0", 0, -1}, duration: 250 * ms, gap: true}},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("read\n%+v\nwant\n%+v", m, want)
	}
}

func TestParseMediaRefuses(t *testing.T) {
	const head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
	for text, want := range map[string]string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:soon":                "duration",
		"#EXTM3U\n#EXT-X-TARGETDURATION:0":                   "target duration",
		head + "#EXTINF:-1,\na":                              "duration",
		head + "#EXTINF:NaN,\na":                             "duration",
		head + "#EXT-X-BYTERANGE:0@1":                        "byte range",
		head + "#EXT-X-BYTERANGE:1@-1":                       "byte range",
		head + "#EXT-X-MAP:BYTERANGE=\"1@1\"":                "no URI",
		head + "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x01": "128 bits",
		head + "#EXT-X-MEDIA-SEQUENCE:-4":                    "MEDIA-SEQUENCE",
	} {
		if _, _, err := parsePlaylist([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestVariants(t *testing.T) {
	_, m, err := parsePlaylist([]byte(`#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="x.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="y",DEFAULT=YES,URI="y.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="in",NAME="z",DEFAULT=YES
#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1.4d401f,mp4a.40.2",AUDIO="a"
mid.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,AUDIO="in"
high.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=400000
low.m3u8
`))
	if err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string][2]string{
		"":                 {"high.m3u8", ""},
		"#variant=highest": {"high.m3u8", ""},
		"#variant=lowest":  {"low.m3u8", ""},
		"#variant=1":       {"mid.m3u8", "y.m3u8"},
		"#variant=3":       {"low.m3u8", ""},
	} {
		target, err := parseTarget("https://h/i.m3u8?a=b" + setting)
		if err != nil {
			t.Fatal(err)
		}
		v, err := target.pick.variant(m)
		if err != nil || v.uri != want[0] || m.sound(v) != want[1] || target.url.String() != "https://h/i.m3u8?a=b" {
			t.Errorf("%s of %s picks %s with %q (%v), want %v", setting, &target.url, v.uri, m.sound(v), err, want)
		}
	}
	if _, err := (pick{place: 4}).variant(m); err == nil || !strings.Contains(err.Error(), "the playlist has 3") {
		t.Errorf("the fourth of three is %v", err)
	}
}

func TestParseTargetRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"ftp://h/i.m3u8":             "not HLS",
		"https:///i.m3u8":            "names no host",
		"https://h/":                 "names no playlist",
		"https://u:sesame@h/i.m3u8":  "into key_credential",
		"https://h/i.m3u8#variant=0": "highest, lowest, or a number",
		"https://h/i.m3u8#quality=1": `"quality" behind #`,
		"https://h:x/i.m3u8":         "cannot be read",
	} {
		if err := Check(address); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func FuzzParsePlaylist(f *testing.F) {
	f.Add([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:10\na\n#EXT-X-PART:DURATION=1,URI=\"b\"\n"))
	f.Add([]byte("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nv\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",URI=\"b\"\n"))
	f.Add([]byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,IV=0x00\n#EXT-X-MAP:URI=\"i\",BYTERANGE=\"1@2\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, choices, err := parsePlaylist(text)
		if err != nil {
			return
		}
		if (m == nil) == (choices == nil) {
			t.Fatal("neither or both kinds of playlist")
		}
		if choices != nil {
			v, err := pick{lowest: true}.variant(choices)
			if err != nil {
				t.Fatal(err)
			}
			_ = choices.sound(v)
			return
		}
		if m.target <= 0 || m.sequence < 0 {
			t.Errorf("target %v, sequence %d", m.target, m.sequence)
		}
		fo := &follower{count: &counters{}, facts: &facts{}}
		fo.locate(m)
		if fo.at.sequence < m.sequence || fo.at.sequence > m.sequence+len(m.segments) || fo.at.part > len(m.parts) {
			t.Errorf("begins at %+v of %d segments from %d", fo.at, len(m.segments), m.sequence)
		}
		for _, s := range m.segments {
			if s.duration < 0 || s.start < 0 || s.length == 0 {
				t.Errorf("segment %+v", s)
			}
		}
	})
}

// FuzzFragments feeds any segment to any description; nothing may be believed of sizes and counts.
func FuzzFragments(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x08ftyp"), []byte("\x00\x00\x00\x08moof"))
	f.Fuzz(func(t *testing.T, init, body []byte) {
		d := &fragmentDemuxer{count: &counters{}}
		packets, err := d.take(piece{body: body, init: init})
		if err == nil && len(packets) == 0 {
			t.Error("no packets and no reason")
		}
	})
}
