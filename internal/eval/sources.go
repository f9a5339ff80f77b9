// Package eval measures how right the detectors are: it makes media with known defects, measures
// them through a worker, asks the detectors, and compares what they say with the truth.
package eval

// Half is the part of the sources that a clip belongs to. Thresholds may be chosen by looking at
// Tuned clips only; what is published is measured on Held ones.
type Half string

// The halves.
const (
	Tuned Half = "tuned"
	Held  Half = "held"
)

// Source is one clean clip. Clips of one scene, one film or one studio are in the same half.
type Source struct {
	File         string
	Half         Half
	Video, Audio bool // fit to have defects of that kind put in
}

// Sources are the real clips, without those that are test signals or carry a defect of their own.
var Sources = []Source{
	{"animation_bbb_1080p_h264.ts", Tuned, true, false},
	{"animation_bbb_720p_vp8.webm", Tuned, true, true},
	{"bottles_table_h264.mp4", Tuned, true, false},
	{"broadcast_fashion_2160p_hevc.ts", Tuned, true, false},
	{"broadcast_news_studio_h264.ts", Tuned, true, true},
	{"camera_webrtc_meeting_vp9.webm", Tuned, true, false},
	{"dark_blurry_dog_720p.mp4", Tuned, true, false},
	{"film_chaplin_bw_pillarbox.mp4", Tuned, true, true},
	{"mixed_content_vp8.webm", Tuned, true, false},
	{"nature_flower_vp8.webm", Tuned, true, false},
	{"talkinghead_grid_bbaf2n.mpg", Tuned, true, true},
	{"talkinghead_grid_lrwp9a.mpg", Tuned, true, true},
	{"talkinghead_grid_lwbsza.mpg", Tuned, true, true},

	{"animation_chrome_ad_h264.mp4", Held, true, true},
	{"broadcast_teleshopping_576i_mpeg2.ts", Held, true, true},
	{"field_coded_foreman_h264.264", Held, true, false},
	{"film_his_girl_friday_bw.mp4", Held, true, true},
	{"film_sintel_letterbox.mp4", Held, true, true},
	{"film_tears_of_steel_av1.webm", Held, true, false},
	{"film_tears_of_steel_vp8.webm", Held, true, true},
	{"film_tears_of_steel_vp9.webm", Held, true, false},
	{"motion_bike_ride_vp8.webm", Held, true, true},
	{"nature_flower_720p.264", Held, true, false},
	{"park_trees_vp9.webm", Held, true, true},
	{"slides_pdf_screen_1024x768.264", Held, true, false},
	{"speech_16k_60s.wav", Held, false, true},
	{"street_tree_1080p.264", Held, true, false},
	{"talkinghead_grid_pwij3p.mpg", Held, true, true},
	{"talkinghead_grid_sbwe5n.mpg", Held, true, true},
	{"talkinghead_grid_swwp2s.mpg", Held, true, true},
	{"traffic_topdown_h264.mp4", Held, true, false},
}
