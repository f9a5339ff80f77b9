// Package detecttest runs scripts of samples against a detector, so that its behaviour over
// minutes is a few lines:
//
//	case a station logo on black is still black
//	hold 1s 500ms
//	picture 25: scene:1+pan:2*2s 16+logo:2.5%*3s scene:1+pan:2*2s
//	verdict 0s-2s clear
//	verdict 2s-5s present
//	incident 2s-5s told=3s detail~black
//
// A script is lines. A # starts a comment; a line that starts with a blank goes on with the line
// before it. Every case starts anew:
//
//	case TEXT                  the name of the case, free text
//	set NAME VALUE             a setting of the detector, as in the configuration
//	hold FOR KEEP              instead of the detector's own dwell
//	canvas KEY...              of the pictures: WxH (160x90), cell=N (8), full (range), pq, hlg
//	picture RATE: ITEM...      a series of samples, RATE a second, from 0 on the feed's clock;
//	sound RATE: ITEM...        series of several parts run beside each other
//	link RATE: ITEM...
//	tick RATE: ITEM...         (items of ticks are written "tick")
//	verdict FROM-TO STATE      every answer from FROM until before TO; STATE may be "clear|unknown"
//	incident FROM-TO KEY...    one incident in its last state, in the order of their beginning;
//	                           TO may be "open". Keys: told=TIME (when it was opened), score>=X,
//	                           severity=NAME, detail~TEXT (contains; _ is a blank), flapping
//	quiet                      no incident
//	within TIME                tolerance of the times of incidents (1 ms)
//
// A case must expect at least one verdict, incident or "quiet", and if it says anything about
// incidents it lists all of them.
//
// An ITEM is VALUE*COUNT or VALUE*TIME (such as 5s, 1m30s), or VALUE alone for one sample. The
// value _ stands for samples that were not measured. Other values are words joined by "+", a word
// with arguments "word:a:b". A number may be a ramp "16..235", which runs linearly over the item.
//
// Pictures are painted on a small canvas, in the order of the words, and then measured:
//
//	N                 flat luma N
//	scene:SEED[:A:B]  a picture with structure, made from SEED, luma from A to B (40 to 200)
//	pan:V             the scene is moved V pixels a sample
//	gain:G            contrast to black, times G (a fade is "gain:1..0")
//	bars:SHARE        letterbox bars at luma 16 over SHARE of the height
//	logo:AREA[:Y]     a square of luma Y (235), AREA of the picture, in the top right corner
//	box:X:Y:W:H:L     a box of luma L, in percent of the picture
//	object:W:V        a square W pixels wide, of luma 200, moving V pixels a sample across the middle
//	clock:W[:T]       a square W pixels wide at the lower right that changes every T (1s)
//	text:SEED[:V]     rows of bright marks, as of credits; rolling up V pixels a sample
//	noise:N           noise of up to ±N, new with every sample
//	flash:Y:CB:CR:PERIOD:AREA:LIT
//	                  the left AREA (100%) of the picture in a colour (235:128:128), LIT (half the PERIOD)
//	                  out of every PERIOD (200ms)
//	weave:SEED:V:ORDER
//	                  the scene as two fields of different moments, moved V pixels a sample, ORDER top or bottom
//	tear:SHARE        the last picture below SHARE of the height
//	blocks:V:SIZE:PHASE
//	                  the share V (0.8) of what differs in squares SIZE pixels wide (8) is taken away
//	damage:SHARE:SEED:OFF
//	                  the SHARE (0.05) of all squares of 16 pixels shows what belongs elsewhere; they begin OFF pixels
//	                  (0) beside the grid
//	blur:R            the picture out of focus, by R pixels (4)
//	pulse:N:T         coding error that is renewed every T and decays from ±N
//	says:WHAT         what the stream says of it: size:W:H, depth:N, transfer:N, key, damaged, concealed:N (macroblocks),
//	                  sound (not damaged), interlaced:top, interlaced:bottom (first)
//	colour:Y:CB:CR    the whole picture of one colour
//	tile:X:Y:W:H:Y:CB:CR
//	                  a box of one colour, in percent of the picture
//	hold:X:Y:W:H      a part of the picture before, in percent of the picture
//	colourbars:A:W:X  bars of BT.709 of amplitude A (0.75) over the share W (1) of the width, X pixels off the middle
//
// Sound is a level in dBFS of RMS, peaks 3 dB above (a sine); "-20/-70" gives the levels of
// channels, "off" is digital silence; without channels it is "none". Neighbours are pairs. Words
// after it change all channels:
//
//	corr:R            correlation of the pairs, 0.6 without it
//	same[:L]          the pairs differ by L dB of their level only (-100)
//	dc:V tp:L         offset; true peak of L dBFS
//	flat[:N] near:S   N samples (20) in flat tops; share S of the samples near the peak
//	click:R:L         a click that stands out R times (60), L dBFS high (-20)
//	hum:F:L:A         hum at F Hz (50) of L dBFS (-40), and A beside it (-80)
//	tone:F:R          a sine of F Hz (1000), the rest R of it (0.001)
//	hole:I:J[:L]      slices I to J at L dBFS (nothing)
//	held[:N]          N samples are equal (960)
//	lufs:M:S          the end of a gating block: momentary and short-term loudness
//	broken            it does not follow the block before
//
// Links start as a connected feed at which all is well; words change it: down[:REASON], idle (no
// bytes nor packets), video:N, audio:N, want:LETTERS (v and a), bytes:N, dropped:N, behind:TIME, lost:N,
// decoder:STATE (running, idle, lost, parked), why:TEXT, errors:N, unmeasured:TEXT (_ is a blank).
// Of the network: received:N, missing:N, recovered:N, late:N (packets), jumps:N, on-request (key
// pictures), playlist:STATE (live, stale, ended). Of the timestamps, in milliseconds and for video and
// audio or for both: advanced:V:A, ahead:V:A, run:V:A; and keys:N, codec:V:A, session:N, untimed.
// "ts" makes it a transport stream, which ts:NAME:N and ts:NAME:TIME change: faults lost, sync, pat, pmt, continuity,
// failed, crc, back; intervals pat-gap, pmt-gap, pid-gap, pcr-gap, pts-gap, ahead; and unsynced, none, scrambled.
package detecttest
