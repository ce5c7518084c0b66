package redisstore

import "strconv"

// slots is how many hash slots a cluster has.
const slots = 1 << 14

// tags chooses n hash tags, the i-th in the i-th n-th of the slots, so that
// servers that hold ranges of slots hold as many tags.
func tags(n int) []string {
	found := make([]string, n)
	for missing, next := n, 0; missing > 0; next++ {
		tag := strconv.Itoa(next)
		if i := slot(tag) * n / slots; found[i] == "" {
			found[i] = tag
			missing--
		}
	}
	return found
}

// slot is the hash slot of a tag: its CRC-16 (XMODEM), as the cluster
// specification of Redis has it.
func slot(tag string) int {
	var crc uint16
	for i := range len(tag) {
		crc ^= uint16(tag[i]) << 8
		for range 8 {
			top := crc & (1 << 15)
			crc <<= 1
			if top != 0 {
				crc ^= 0x1021
			}
		}
	}
	return int(crc) % slots
}
