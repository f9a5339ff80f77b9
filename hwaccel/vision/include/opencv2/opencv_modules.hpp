// Stands before OpenCV's own file of this name, which lists all the modules that the distribution
// builds and makes opencv.hpp ask for the headers of each: these three are all that we install.
#define HAVE_OPENCV_CORE
#define HAVE_OPENCV_IMGPROC
#define HAVE_OPENCV_IMGCODECS
