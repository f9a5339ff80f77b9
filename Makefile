# Each target alone sets up all that it needs on a fresh Debian 12 machine, as root or with sudo,
# and installs nothing that is there already.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Go from the path if it is new enough, else the one that packaging/setup.sh installed.
export PATH := $(PATH):$(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/vedette/go1.26.8/bin
export GOTOOLCHAIN := local
# The tag takes hwaccel/vision in, and the folder in front keeps it to three modules of OpenCV.
export GOFLAGS := -buildvcs=false -tags=gocv_specific_modules
export PKG_CONFIG_PATH := $(CURDIR)/hwaccel/vision/pkgconfig

LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: demo build test lint vet fuzz bench eval docs clean setup-build setup-test

demo: build
	bin/vedette demo

build: setup-build bin/vedette bin/vedette-worker

# Go knows best what has changed.
.PHONY: bin/vedette bin/vedette-worker
bin/vedette:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/vedette
bin/vedette-worker:
	go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/vedette-worker

# Detectors are arithmetic without a goroutine, and those of pictures are tested on real media measured in plain
# Go: two minutes without the race detector, a quarter of an hour with it.
test: setup-test bin/vedette bin/vedette-worker
	go vet ./...
	go test -race -tags matprofile,gocv_specific_modules -timeout 20m $$(go list ./... | grep -v /detectors/picture$$)
	go test -timeout 20m ./detectors/picture

lint: setup-build .build/golangci-lint
	.build/golangci-lint run ./...
	.build/golangci-lint fmt --diff ./...

.build/golangci-lint: tools/go.mod tools/go.sum
	cd tools && go build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# Each fuzz target for FUZZTIME, one after the other.
FUZZTIME ?= 5m
fuzz: setup-test
	packaging/fuzz.sh $(FUZZTIME)

bench: build
	packaging/bench.sh $(wildcard ../shared/media/clips/animation_bbb_1080p_h264.ts ../shared/media/clips/broadcast_*.ts ../shared/media/clips/street_tree_1080p.264)

# How right the detectors are, into docs/accuracy.md.
eval: setup-build bin/vedette-worker
	CGO_ENABLED=0 go build -trimpath -o bin/vedette-eval ./cmd/vedette-eval
	bin/vedette-eval --markdown docs/accuracy.md

docs: bin/vedette
	bin/vedette detectors --markdown > docs/detectors.md

clean:
	rm -rf bin .build dist

setup-build:
	@packaging/setup.sh build
setup-test:
	@packaging/setup.sh test
