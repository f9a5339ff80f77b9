package rtmp

import "encoding/binary"

// parseAVCC returns the size of NAL lengths and the parameter sets of an avcC record.
func parseAVCC(b []byte) (size int, nalus [][]byte, ok bool) {
	if len(b) < 6 || b[0] != 1 {
		return 0, nil, false
	}
	size = int(b[4]&3) + 1
	count, b := int(b[5]&0x1f), b[6:]
	for range 2 { // sequence sets, then picture sets
		for range count {
			var nalu []byte
			if nalu, b, ok = sized16(b); !ok {
				return 0, nil, false
			}
			nalus = append(nalus, nalu)
		}
		if len(b) == 0 {
			return size, nalus, true
		}
		count, b = int(b[0]), b[1:]
	}
	return size, nalus, true
}

// parseHVCC returns the same of an hvcC record.
func parseHVCC(b []byte) (size int, nalus [][]byte, ok bool) {
	if len(b) < 23 {
		return 0, nil, false
	}
	size = int(b[21]&3) + 1
	arrays, b := int(b[22]), b[23:]
	for range arrays {
		if len(b) < 3 {
			return 0, nil, false
		}
		count := int(binary.BigEndian.Uint16(b[1:]))
		b = b[3:]
		for range count {
			var nalu []byte
			if nalu, b, ok = sized16(b); !ok {
				return 0, nil, false
			}
			nalus = append(nalus, nalu)
		}
	}
	return size, nalus, true
}

func sized16(b []byte) (nalu, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n > len(b) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}
