//! A client, as limits count it: an IPv4 address, or the /64 network of an IPv6 address, the smallest that a subscriber
//! has (RFC 6177). A subscriber with more networks is as many clients.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// A client, as limits know it. `Display` is for counters' keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client(String);

impl Client {
    /// The client at this address. API Gateway always gives a source IP; requests without one share one counter.
    pub fn at(source_ip: Option<IpAddr>) -> Self {
        Self(match source_ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => ip.to_string(),
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.segments();
                format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            None => "unknown".to_owned(),
        })
    }

    /// The client that a counter's key names.
    pub(super) fn from_key(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_network() {
        let client = |ip: &str| Client::at(Some(ip.parse().unwrap())).to_string();
        assert_eq!(client("192.0.2.1"), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(client("2001:db8:1:2:ffff::1"), client("2001:db8:1:2::"));
        assert_ne!(client("2001:db8:1:3::"), client("2001:db8:1:2::"));
    }
}
