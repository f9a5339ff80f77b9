package eval

import "fmt"

// drifting is a drifting gradient under a small test pattern that wanders about, with the noise of a
// camera.
func drifting(seed int, across, down float64) string {
	return fmt.Sprintf("gradients=s=640x360:r=25:speed=0.02:nb_colors=5:seed=%d,format=yuv420p[ground];testsrc2=s=160x90:r=25[pattern];"+
		"[ground][pattern]overlay=x='240+200*sin(t/%g)':y='130+100*cos(t/%g)',noise=alls=4:allf=t", seed, across, down)
}

// speech is noise cut into syllables and sentences: it has pauses as speech has, none longer than
// half a second.
func speech(seed int) string {
	return fmt.Sprintf("anoisesrc=r=48000:a=0.9:c=pink:seed=%d:d=30,bandpass=f=900:width_type=h:w=1400,"+
		"volume='0.3+1.7*pow(sin(PI*t*(2.1+0.1*%d)),2)*gt(sin(2*PI*t/2.7),-0.9)':eval=frame", seed, seed)
}

// music is a chord of tones that swell and fade, one after the other.
func music(seed int) string {
	return fmt.Sprintf("aevalsrc='0.15*sin(2*PI*220*t)*(1+sin(2*PI*t/3))+0.1*sin(2*PI*%d*t)*(1+sin(2*PI*t/1.7))"+
		"+0.08*sin(2*PI*554*t)*(1+cos(2*PI*t/2.3))|0.12*sin(2*PI*220*t)*(1+sin(2*PI*t/3))"+
		"+0.12*sin(2*PI*660*t)*(1+cos(2*PI*t/1.3))':s=48000:d=30", 320+10*seed)
}
