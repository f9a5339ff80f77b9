// Package eval measures how right the detectors are: it makes media with known defects, measures
// them through a worker, asks every detector of the catalogue, and compares what they say with the
// truth and with what FFmpeg's filters say of the same files.
//
// # How to add a recipe
//
//  1. A [Recipe] is one line of the published table: the kind of the detector it tests, and a step,
//     the difficulty ("noise 3", "logo of 2.5%"). Its Cases are a handful of files of that step.
//     Put recipes into a table of their own, in recipes_AREA.go, and that table into [Recipes].
//  2. Take clean material from the [Corpus], from both halves alike: [Corpus.Pictures] and
//     [Corpus.Sounds] choose n sources of each half, [Corpus.Picture] and [Corpus.Sound] cut some
//     seconds out of one as a clean intermediate of 640x360 at 25 pictures a second, or 48 kHz
//     stereo.
//  3. Put the defect in and code it: [Render] takes a chain of filters (see [During]) and real
//     encoders ([H264], [MPEG2], [AAC], ...); [Edit] changes samples of sound in Go; [Synthesize]
//     makes them from nothing; [Damage] loses packets of a transport stream and [Conceal] bakes the
//     loss in. A [Media] may be the input of another one, and [Make] is for all that does not
//     fit: its key must name everything that the file depends on. Every file is made once.
//  4. Write down the truth: from the first bad sample to the first good one. What may be called
//     either way has Maybe set. Where only measuring tells (which pictures a lost packet spoiled),
//     leave Truth empty and set Find. A near miss is a case without truth.
//  5. All detectors judge each case as `vedette check` would, with the settings of the
//     configuration and their default dwells. Where the clip is shorter than the dwell, say so in
//     Set ("detectors.black.for=1s"): the table shows it. A detector that is Off by default is
//     enabled for the cases of its own kind.
//  6. Other defects that are truly in the case (a frozen picture of colour bars) are named in Also.
//  7. Where FFmpeg has a filter for it, name it in the table of peers.
//
// `vedette-eval --only KIND --verbose` runs the recipes of one kind and tells what was missed and
// invented. Cases that need a running feed have Live set instead of Media.
package eval
