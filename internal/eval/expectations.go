package eval

// Expectations is what is in the clips that nobody put there, written down from looking at and
// listening to them, before any detector was asked. A kind may be one of several: "a/b". Dwells are
// shortened where a clip is shorter than they are.
var Expectations = []Found{
	{
		File: "defect_audio_drops_then_fade_to_black.mp4",
		Seen: "an aeroplane, then spectators; the sound is gone from 4.64 s on; the last picture stands still from 4.7 s to 7.2 s and is faded to black, which it is from 10.9 s on",
		Expect: []Expectation{
			{Kind: "silence", From: 4.64, Until: 11.2},
			{Kind: "freeze", From: 4.7, Until: 7.3},
			{Kind: "black", From: 10.9, Until: 11.2},
		},
		Set: []string{"detectors.silence.for=1s", "detectors.freeze.for=1s", "detectors.black.for=100ms"},
	},
	{
		File:   "defect_idr_lost_h264.264",
		Seen:   "Foreman; the decoder begins at a later key picture, and every picture it shows is whole",
		Expect: nil,
		May:    []string{"corruption"}, // of what a decoder shows that does not wait
	},
	{
		File:   "defect_p_lost_h264.264",
		Seen:   "Foreman; white and torn blocks from the first pictures on, worse up to the key picture at 1.16 s",
		Expect: []Expectation{{Kind: "corruption", From: 0.08, Until: 1.16}},
	},
	{
		File:   "defect_missing_slices_h264.264",
		Seen:   "a toy train; the lower two thirds are smeared from the slice above, in all of its few pictures",
		Expect: []Expectation{{Kind: "corruption", From: 0, Until: 0.24}},
	},
	{
		File: "broadcast_fashion_2160p_hevc.ts",
		Seen: "a fashion show, cut out of the middle of a group: the first pictures are grey where their references are missing",
		May:  []string{"corruption", "solid-colour"}, // of what a decoder shows that does not wait
	},
	{
		File: "broadcast_ident_576i_mpeg2_mpts.ts",
		Seen: "an excerpt of a multiplex: a slow ident; most services are incomplete; the excerpt ends in the middle of a picture",
		May:  []string{"corruption"},
	},
	{
		File: "broadcast_news_studio_h264.ts",
		Seen: "a talk in a studio, cuts; nothing wrong",
	},
	{
		File: "broadcast_teleshopping_576i_mpeg2.ts",
		Seen: "a presenter before a moving book; thin pillars at both sides; nothing wrong but the cut ends",
		May:  []string{"corruption"}, // the last picture is cut off
	},
	{
		File:   "colourbars_timecode_1080p.mp4",
		Seen:   "SMPTE bars between pillars, with a running time code; a beep each half second",
		Expect: []Expectation{{Kind: "colour-bars/test-card", From: 0, Until: 10}},
		May:    []string{"test-card", "colour-bars"},
		Set:    []string{"detectors.colour-bars.for=1s", "detectors.test-card.for=1s"},
	},
	{
		File:   "testcard_bars_640x480.mp4",
		Seen:   "bars that move sideways, with clocks and a time code",
		Expect: []Expectation{{Kind: "colour-bars/test-card", From: 0, Until: 16}},
		May:    []string{"test-card", "colour-bars"},
		Set:    []string{"detectors.colour-bars.for=1s", "detectors.test-card.for=1s"},
	},
	{
		File: "interlaced_1080i_10bit_h264.264",
		Seen: "a palace at a lake, truly interlaced and flagged so; nothing wrong",
	},

	// The limits of IRIS are six transitions in a second, and four to six kept up for 4 s of 5; those of
	// ITU-R BT.1702-3 are three flashes in a second unless their leading edges are 360 ms apart, and
	// sequences longer than 5 s.
	{
		File: "flash_iris_2hz_5s.mp4",
		Seen: "five pictures a second; flashes whose leading edges are 400 ms apart, for 3.4 s; IRIS passes it with a warning (5 transitions)",
	},
	{
		File:   "flash_iris_2hz_6s.mp4",
		Seen:   "two flashes at the start of each second, for 6 s; IRIS fails it as extended (5 transitions), as does the limit of BT.1702-3 on sequences over 5 s",
		Expect: []Expectation{{Kind: "flash", From: 0.2, Until: 5.96}},
	},
	{
		File:   "flash_iris_3hz_6s.mp4",
		Seen:   "three flashes at the start of each second: 7 transitions in a second from picture 29 on; IRIS fails it, as does BT.1702-3",
		Expect: []Expectation{{Kind: "flash", From: 0.2, Until: 5.96}},
	},
	{
		File: "flash_iris_extendedflong.mp4",
		Seen: "slow flashes of 0.44 s, one in 0.96 s (3 transitions); IRIS passes it",
	},
	{
		File:   "flash_iris_flashstripes.mp4",
		Seen:   "stripes that flash with every picture (25 transitions); IRIS fails it, as does BT.1702-3",
		Expect: []Expectation{{Kind: "flash", From: 0, Until: 1.44}},
	},
	{
		File: "flash_iris_gradualredincrease.mp4",
		Seen: "a field turns red and back once (2 transitions of red); IRIS passes it",
	},
	{
		File: "flash_iris_gray.mp4",
		Seen: "code 218 and 235 in turn: both above 160 cd/m2, which is no flash in SDR; IRIS passes it",
	},
	{
		File: "flash_iris_intermitentef.mp4",
		Seen: "slow flashes with pauses (3 transitions); IRIS passes it",
	},
}
