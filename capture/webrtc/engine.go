package webrtc

import (
	"fmt"
	"io"

	"github.com/pion/interceptor"
	rtcpreport "github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const (
	// replay is how old a packet of SRTP may be: senders without RTX send again what was asked for
	// under its old number, a round trip later.
	replay = 8192
	// mtu is the largest datagram that is taken.
	mtu = 1600
)

// silentLogs keeps pion quiet: what it has to say, strangers can make it say without end. What
// matters of it comes back as errors and states.
func silentLogs() logging.LoggerFactory {
	return &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled, ScopeLevels: map[string]logging.LogLevel{}}
}

// newAPI makes what one session is made of: the codecs that were agreed on, reports and transport
// feedback for them, and the way to the network that settings has been given.
func newAPI(codecs []agreedCodec, settings webrtc.SettingEngine) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	for _, c := range codecs {
		if err := engine.RegisterCodec(c.RTPCodecParameters, c.kind); err != nil {
			return nil, fmt.Errorf("register %s: %w", c.MimeType, err)
		}
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		for _, uri := range []string{sdp.SDESMidURI, sdp.TransportCCURI} {
			if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind); err != nil {
				return nil, fmt.Errorf("register header extension %s: %w", uri, err)
			}
		}
	}
	reports, err := rtcpreport.NewReceiverInterceptor(rtcpreport.WithReceiverLoggerFactory(silentLogs()))
	if err != nil {
		return nil, fmt.Errorf("make receiver reports: %w", err)
	}
	feedback, err := twcc.NewSenderInterceptor(twcc.WithLoggerFactory(silentLogs()))
	if err != nil {
		return nil, fmt.Errorf("make transport feedback: %w", err)
	}
	registry := &interceptor.Registry{}
	registry.Add(reports)
	registry.Add(feedback)
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}
