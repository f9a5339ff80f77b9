package sync

import (
	"testing"

	"github.com/vedette-av/vedette/detectors/detecttest"
)

func TestScripts(t *testing.T) { detecttest.RunAll(t, All) }
