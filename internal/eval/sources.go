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
	Video, Audio bool     // fit to have defects of that kind put in
	Seconds      float64  // length
	Skip         float64  // seconds at the start that are not fit: a title card, a fade, an open group of pictures
	Still        bool     // stands nearly still by nature
	Has          []string // kinds that are truly in it, by looking and measuring, so that it is no false alarm to say so

	// Where there are no real clips, File is only a name and these are FFmpeg's own sources.
	MadePicture, MadeSound string
}

// Sources are the real clips, without those that are test signals or carry a defect of their own.
var Sources = []Source{
	{File: "animation_bbb_1080p_h264.ts", Half: Tuned, Video: true, Seconds: 10, Skip: 4},
	{File: "animation_bbb_720p_vp8.webm", Half: Tuned, Video: true, Audio: true, Seconds: 30, Skip: 1},
	{File: "bottles_table_h264.mp4", Half: Tuned, Video: true, Seconds: 39.8, Still: true},
	{File: "broadcast_fashion_2160p_hevc.ts", Half: Tuned, Video: true, Seconds: 1.1, Skip: 0.2},
	{File: "broadcast_news_studio_h264.ts", Half: Tuned, Video: true, Audio: true, Seconds: 12},
	{File: "camera_webrtc_meeting_vp9.webm", Half: Tuned, Video: true, Seconds: 45.6},
	{File: "dark_blurry_dog_720p.mp4", Half: Tuned, Video: true, Seconds: 2.3, Has: []string{"levels"}}, // full range, not marked as such: 2% to 7% of it below code 5
	{File: "film_chaplin_bw_pillarbox.mp4", Half: Tuned, Video: true, Audio: true, Seconds: 9.6},
	{File: "mixed_content_vp8.webm", Half: Tuned, Video: true, Seconds: 15},
	{File: "nature_flower_vp8.webm", Half: Tuned, Video: true, Seconds: 5, Has: []string{"silence"}}, // a track of zeros
	{File: "talkinghead_grid_bbaf2n.mpg", Half: Tuned, Video: true, Audio: true, Seconds: 3},
	{File: "talkinghead_grid_lrwp9a.mpg", Half: Tuned, Video: true, Audio: true, Seconds: 3},
	{File: "talkinghead_grid_lwbsza.mpg", Half: Tuned, Video: true, Audio: true, Seconds: 3},

	{File: "animation_chrome_ad_h264.mp4", Half: Held, Video: true, Audio: true, Seconds: 21, Skip: 7, Has: []string{"flash"}}, // the view from a car, 10.6 s to 13.4 s
	{File: "broadcast_teleshopping_576i_mpeg2.ts", Half: Held, Video: true, Audio: true, Seconds: 3.2},
	{File: "field_coded_foreman_h264.264", Half: Held, Video: true, Seconds: 12},
	{File: "film_his_girl_friday_bw.mp4", Half: Held, Video: true, Audio: true, Seconds: 6.1},
	{File: "film_sintel_letterbox.mp4", Half: Held, Video: true, Audio: true, Seconds: 2},
	{File: "film_tears_of_steel_av1.webm", Half: Held, Video: true, Seconds: 16.6},
	{File: "film_tears_of_steel_vp8.webm", Half: Held, Video: true, Audio: true, Seconds: 70.5, Has: []string{"flash"}}, // gunfire, 12 times a second from 59.6 s to 61.4 s
	{File: "film_tears_of_steel_vp9.webm", Half: Held, Video: true, Seconds: 16.6},
	{File: "motion_bike_ride_vp8.webm", Half: Held, Video: true, Audio: true, Seconds: 31, Has: []string{"levels", "dropout"}}, // 4% of it above code 246; holes of 7 to 10 ms of zeros at 11.07, 11.84 and 14.40 s
	{File: "nature_flower_720p.264", Half: Held, Video: true, Seconds: 10},
	{File: "park_trees_vp9.webm", Half: Held, Video: true, Audio: true, Seconds: 5.7, Skip: 0.6},
	{File: "slides_pdf_screen_1024x768.264", Half: Held, Video: true, Seconds: 2, Still: true},
	{File: "speech_16k_60s.wav", Half: Held, Audio: true, Seconds: 60, Skip: 5.2},
	{File: "street_tree_1080p.264", Half: Held, Video: true, Seconds: 2.1},
	{File: "talkinghead_grid_pwij3p.mpg", Half: Held, Video: true, Audio: true, Seconds: 3},
	{File: "talkinghead_grid_sbwe5n.mpg", Half: Held, Video: true, Audio: true, Seconds: 3},
	{File: "talkinghead_grid_swwp2s.mpg", Half: Held, Video: true, Audio: true, Seconds: 3},
	{File: "traffic_topdown_h264.mp4", Half: Held, Video: true, Seconds: 30.2, Skip: 0.6, Still: true, Has: []string{"silence", "freeze"}}, // a place without cars for some seconds
}

// madeSources stand in where the real clips are absent: FFmpeg's own, which are poorer.
var madeSources = []Source{
	made("zoom", Tuned, "mandelbrot=s=640x360:r=25:start_scale=0.4:end_scale=0.05:end_pts=400", speech(1)),
	made("shapes", Tuned, drifting(7, 1.7, 2.3), music(1)),
	made("cells", Tuned, "life=s=160x90:r=12.5:mold=10:death_color=#204060:life_color=#c0d0a0:ratio=0.2:seed=3,fps=25,scale=640:360,format=yuv420p,boxblur=2", speech(2)),
	made("deeper zoom", Held, "mandelbrot=s=640x360:r=25:start_x=-0.745:start_y=0.11:start_scale=0.6:end_scale=0.02:end_pts=500,hue=h=90", speech(3)),
	made("colours", Held, drifting(21, 1.1, 1.9), music(2)),
	made("valley", Held, "mandelbrot=s=640x360:r=25:start_x=-0.1:start_y=0.65:start_scale=0.8:end_scale=0.05:end_pts=600,hue=h=200,noise=alls=5:allf=t", speech(4)),
}

// made is a source of FFmpeg's own, half a minute long.
func made(name string, half Half, picture, sound string) Source {
	return Source{File: name, Half: half, Video: true, Audio: true, Seconds: 30, MadePicture: picture, MadeSound: sound}
}
