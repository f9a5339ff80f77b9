package picture

import (
	"testing"

	"github.com/vedette-av/vedette/detectors/detecttest"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	detecttest.RunAll(t, All)
}
