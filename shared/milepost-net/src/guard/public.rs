//! Which addresses belong to the public Internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), bits)
}

const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

/// What the IANA IPv4 special-purpose registry keeps from the Internet, multicast and the reserved class E.
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 8),       // this network
    v4(10, 0, 0, 8),      // private
    v4(100, 64, 0, 10),   // shared between a provider and its customers
    v4(127, 0, 0, 8),     // loopback
    v4(169, 254, 0, 16),  // link-local: cloud metadata, the Lambda runtime
    v4(172, 16, 0, 12),   // private
    v4(192, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 24),    // documentation
    v4(192, 88, 99, 24),  // 6to4 relays
    v4(192, 168, 0, 16),  // private
    v4(198, 18, 0, 15),   // benchmarks
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24),  // documentation
    v4(224, 0, 0, 4),     // multicast
    v4(240, 0, 0, 4),     // reserved, limited broadcast included
];

/// The only part of IPv6 that is handed out as global unicast. Everything else falls outside at one stroke: loopback,
/// link-local, unique local, multicast, `100::/64`, `5f00::/16`, IPv4-compatible addresses and NAT64 (`64:ff9b::`),
/// which would carry a private IPv4 address past the table above.
const GLOBAL_UNICAST_V6: Ipv6Net = v6(0x2000, 0, 0, 3);

/// The parts of global unicast that are not public hosts.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 0, 23),     // protocol assignments: Teredo (which embeds IPv4), ORCHID, benchmarks
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x2002, 0, 0, 16),     // 6to4, which embeds IPv4
    v6(0x3fff, 0, 0, 20),     // documentation
];

/// Link-local addresses, and where AWS serves metadata and credentials over IPv6.
const NEVER_ALLOWED_V4: Ipv4Net = v4(169, 254, 0, 16);
const NEVER_ALLOWED_V6: [Ipv6Net; 2] = [v6(0xfe80, 0, 0, 10), v6(0xfd00, 0xec2, 0, 32)];

/// Whether an address belongs to the public Internet. An IPv4 address mapped into IPv6 counts as the IPv4 address.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|range| range.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_UNICAST_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|range| range.contains(&address))
        }
    }
}

/// Whether an address may hand out credentials, or is another way to write loopback (`0.0.0.0`, `::`), so that no
/// configured range may open it.
pub(super) fn is_never_allowed(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_unspecified()
        || match address {
            IpAddr::V4(address) => NEVER_ALLOWED_V4.contains(&address),
            IpAddr::V6(address) => NEVER_ALLOWED_V6.iter().any(|range| range.contains(&address)),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_last_address_of_every_range_and_their_neighbours() {
        let check = |address: &str, expect: bool| {
            assert_eq!(is_public(address.parse().unwrap()), expect, "{address}");
        };
        for (refused, public) in [
            (["0.0.0.0", "0.255.255.255"], ["1.0.0.0", "1.0.0.1"]),
            (["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
            (["100.64.0.0", "100.127.255.255"], ["100.63.255.255", "100.128.0.0"]),
            (["127.0.0.0", "127.255.255.255"], ["126.255.255.255", "128.0.0.0"]),
            (["169.254.0.0", "169.254.255.255"], ["169.253.255.255", "169.255.0.0"]),
            (["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
            (["192.0.0.0", "192.0.0.255"], ["191.255.255.255", "192.0.1.0"]),
            (["192.0.2.0", "192.0.2.255"], ["192.0.1.255", "192.0.3.0"]),
            (["192.88.99.0", "192.88.99.255"], ["192.88.98.255", "192.88.100.0"]),
            (["192.168.0.0", "192.168.255.255"], ["192.167.255.255", "192.169.0.0"]),
            (["198.18.0.0", "198.19.255.255"], ["198.17.255.255", "198.20.0.0"]),
            (["198.51.100.0", "198.51.100.255"], ["198.51.99.255", "198.51.101.0"]),
            (["203.0.113.0", "203.0.113.255"], ["203.0.112.255", "203.0.114.0"]),
            (["224.0.0.0", "255.255.255.255"], ["223.255.255.255", "8.8.8.8"]),
            (["240.0.0.0", "255.255.255.254"], ["223.255.255.254", "1.1.1.1"]),
            (
                ["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
                ["2001:db7:ffff::1", "2001:db9::"],
            ),
            (
                ["2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"],
                ["2000:ffff::1", "2001:200::"],
            ),
            (
                ["2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
                ["2001:ffff::1", "2003::"],
            ),
            (
                ["3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"],
                ["3ffe:ffff::1", "3fff:1000::"],
            ),
        ] {
            refused.iter().for_each(|address| check(address, false));
            public.iter().for_each(|address| check(address, true));
        }
    }

    #[test]
    fn everything_outside_global_unicast_is_refused() {
        for address in [
            "::",
            "::1",
            "::7f00:1",
            "::808:808",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "1fff:ffff::1",
            "4000::",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:0:127.0.0.1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn a_mapped_address_counts_as_the_ipv4_address() {
        assert!(!is_public("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!is_public("::ffff:a9fe:a9fe".parse().unwrap()));
        assert!(is_public("::ffff:8.8.8.8".parse().unwrap()));
        assert!(is_never_allowed("::ffff:169.254.169.254".parse().unwrap()));
    }
}
