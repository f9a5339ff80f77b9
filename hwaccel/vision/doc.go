// Package vision is what needs a picture rather than its measurements, now and then: a still for a
// human, and whether a logo is where it must be. It is the only package that knows OpenCV.
//
// # Pixels
//
// It reads frames that lie in this machine's memory, and the proxy that every meter makes of a
// frame, wherever that lies. Frames and proxies are only read, and not kept. What comes back, a JPEG
// or a score, is Go memory. OpenCV's memory stays inside a call, but that of a [Logo] and a [Watch],
// which Close gives back.
//
// # Building
//
// gocv would link all of OpenCV, with Qt, VTK and more. The tag gocv_specific_modules leaves core,
// imgproc and imgcodecs, and the folder pkgconfig here tells gocv to ask for no more; so the
// distribution's three packages libopencv-core-dev, libopencv-imgproc-dev and libopencv-imgcodecs-dev
// suffice. Whoever builds a program with this package, or tests it, sets
//
//	PKG_CONFIG_PATH=<repository>/hwaccel/vision/pkgconfig
//	go build -tags gocv_specific_modules
//
// and, for tests that count what is not given back, adds the tag matprofile. Without the first tag
// nothing of the package is there but this page.
package vision
