package egress

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

func TestVetAllowsOnlyWhatTheDeclarationCovers(t *testing.T) {
	const (
		never   = "never"   // refused to everybody
		private = "private" // allowed to private destinations
		public  = "public"  // allowed, but not over plain http
	)
	cases := map[string]string{
		"8.8.8.8": public, "104.18.7.192": public, "2606:4700::6812:7c0": public, "9.255.255.255": public, "11.0.0.0": public,
		"172.15.255.255": public, "172.32.0.0": public, "100.63.255.255": public, "100.128.0.0": public,
		"64:ff9b::808:808": public, // DNS64 shows 8.8.8.8 like this

		"127.0.0.1": private, "127.255.255.255": private, "::1": private, "10.1.2.3": private, "172.16.0.1": private,
		"172.31.255.255": private, "192.168.7.9": private, "100.64.0.1": private, "fd12:3456::1": private, "fc00::1": private,

		"169.254.169.254": never, "169.254.170.2": never, "168.63.129.16": never, "100.100.100.200": never,
		"192.0.0.192": never, "fd00:ec2::254": never, "fd20:ce::254": never, "169.254.1.1": never, "fe80::1": never,
		"0.0.0.0": never, "0.1.2.3": never, "::": never, "224.0.0.1": never, "255.255.255.255": never, "ff02::1": never,
		"240.0.0.1": never, "192.0.2.1": never, "198.18.0.1": never, "203.0.113.7": never, "2001:db8::1": never,
		"::ffff:8.8.8.8": never, "::ffff:127.0.0.1": never, "::127.0.0.1": never, "::ffff:0:127.0.0.1": never,
		"64:ff9b::7f00:1": never, "64:ff9b::a9fe:a9fe": never, "64:ff9b::a00:1": never, "64:ff9b:1::1": never,
		"2002:7f00:1::": never, "2001:0:1::1": never, "fec0::1": never, "fe80::1%eth0": never,
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			addr := netip.MustParseAddr(text)
			got := never
			switch {
			case vet(addr, false, false) == "":
				got = public
			case vet(addr, true, false) == "":
				got = private
			}
			if got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if plain := vet(addr, true, true) == ""; plain != (want == private) {
				t.Errorf("plain http allowed = %t for a %s address", plain, want)
			}
		})
	}
}

func TestMetadataIsRefusedWhateverTheDeclarationSays(t *testing.T) {
	if len(metadata) < 5 {
		t.Fatal("the list of metadata addresses is gone")
	}
	for _, r := range metadata {
		if vet(r.prefix.Addr(), true, false) == "" || vet(r.prefix.Addr(), true, true) == "" {
			t.Errorf("%s was allowed", r.prefix)
		}
	}
}

func TestVetAgreesWithTheStandardLibraryOnWhatIsNotPublic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var addr netip.Addr
		if rapid.Bool().Draw(t, "v4") {
			addr = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "bytes")))
		} else {
			addr = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")))
		}
		odd := addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsMulticast() || addr.IsUnspecified()
		if odd && vet(addr, false, false) == "" {
			t.Fatalf("%s passed as public", addr)
		}
	})
}
