package egress

import "net/netip"

// A rule says what an address range is. Ranges that private destinations may use are marked; the others are refused to
// everybody.
type rule struct {
	prefix  netip.Prefix
	private bool
	reason  string
}

// metadata are the addresses at which clouds hand credentials to whoever asks from inside. They come first, because
// some lie in ranges that private destinations may use and one is a public address.
var metadata = rules(false, "an address of cloud metadata",
	"169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", // AWS, Azure, GCP; ECS; EKS
	"168.63.129.16/32",                      // Azure's wire server
	"100.100.100.200/32",                    // Alibaba
	"192.0.0.192/32",                        // Oracle
	"fd00:ec2::254/128", "fd00:ec2::23/128", // AWS
	"fd20:ce::254/128", // GCP
	"fd00:42::42/128",  // Scaleway
)

// special are the ranges of RFC 6890 and its registries that are no ordinary public addresses. ::/96 and its kin are
// ways to write an IPv4 address, whose meaning depends on the network the packet happens to cross.
var special = concat(
	rules(true, "a loopback address", "127.0.0.0/8", "::1/128"),
	rules(true, "a private address", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
	rules(false, "an unspecified address", "0.0.0.0/8", "::/128"),
	rules(false, "a link-local address", "169.254.0.0/16", "fe80::/10"),
	rules(false, "a multicast or broadcast address", "224.0.0.0/4", "255.255.255.255/32", "ff00::/8"),
	rules(false, "a reserved address", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "100::/64", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10"),
	rules(false, "an IPv4 address in IPv6 dress", "::/96", "::ffff:0:0:0/96", "2002::/16", "2001::/23", "64:ff9b:1::/48"),
)

// nat64 is the prefix under which DNS64 shows public IPv4 addresses to hosts that have IPv6 only (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func rules(private bool, reason string, prefixes ...string) []rule {
	var list []rule
	for _, p := range prefixes {
		list = append(list, rule{netip.MustParsePrefix(p), private, reason})
	}
	return list
}

func concat(lists ...[]rule) []rule {
	var all []rule
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// vet says why addr may not be dialled, or "". Private allows loopback and private networks; onlyPrivate (plain http)
// allows nothing else, because unencrypted text must not cross the internet. addr is unmapped: an IPv4 address that came
// as ::ffff:a.b.c.d is judged, and dialled, as what it is.
func vet(addr netip.Addr, private, onlyPrivate bool) string {
	if !addr.IsValid() || addr.Zone() != "" || addr.Is4In6() {
		return "not a plain address"
	}
	judged := addr
	if nat64.Contains(addr) {
		b := addr.As16()
		judged = netip.AddrFrom4([4]byte(b[12:]))
	}
	if r := match(metadata, judged); r != nil {
		return r.reason
	}
	r := match(special, judged)
	switch {
	case r == nil && onlyPrivate:
		return "plain http to a public address"
	case r == nil:
		return ""
	case r.private && private && judged == addr:
		return ""
	}
	return r.reason
}

func match(list []rule, addr netip.Addr) *rule {
	for i := range list {
		if list[i].prefix.Contains(addr) {
			return &list[i]
		}
	}
	return nil
}
