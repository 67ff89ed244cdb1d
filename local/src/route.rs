//! One route of the HTTP API, such as `GET /problems/{slug}`, and its matching.
//!
//! If several routes match a request, the most specific wins, as in API Gateway: fixed segments before a `{one}`
//! segment, one segment before `{rest+}`, a named method before `ANY`.

use std::collections::BTreeMap;

/// A route as the template names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The method in capitals, or `ANY`.
    pub(crate) method: String,
    /// The path, with `{name}` and `{name+}` segments.
    pub(crate) path: String,
}

/// A match of a route with a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// The more specific of two matches is the greater one.
    pub(crate) exactness: (Vec<Exactness>, bool),
    /// The values of the path's `{name}` segments.
    pub(crate) parameters: BTreeMap<String, String>,
}

/// How specifically a segment of a route matches a segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exactness {
    Rest,
    One,
    Fixed,
}

impl Route {
    /// The key that API Gateway gives the route: `POST /api/register`.
    pub(crate) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The match of this method and decoded path, if there is one.
    pub(crate) fn matches(&self, method: &str, path: &str) -> Option<Match> {
        let named = self.method == method;
        if !named && self.method != "ANY" {
            return None;
        }
        let mut exactness = Vec::new();
        let mut parameters = BTreeMap::new();
        let mut rest = Some(path);
        for wanted in self.path.split('/') {
            let here = rest?;
            let (segment, after) = here.split_once('/').map_or((here, None), |(at, after)| (at, Some(after)));
            rest = after;
            let Some(name) = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
                if wanted != segment {
                    return None;
                }
                exactness.push(Exactness::Fixed);
                continue;
            };
            if segment.is_empty() {
                return None;
            }
            if let Some(name) = name.strip_suffix('+') {
                exactness.push(Exactness::Rest);
                parameters.insert(name.to_owned(), here.to_owned());
                rest = None;
            } else {
                exactness.push(Exactness::One);
                parameters.insert(name.to_owned(), segment.to_owned());
            }
        }
        rest.is_none().then_some(Match { exactness: (exactness, named), parameters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(method: &str, path: &str) -> Route {
        Route { method: method.to_owned(), path: path.to_owned() }
    }

    fn parameters(path: &str, request: &str) -> Option<Vec<(String, String)>> {
        let found = route("GET", path).matches("GET", request)?;
        Some(found.parameters.into_iter().collect())
    }

    fn pair(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn a_fixed_path_matches_only_itself() {
        assert_eq!(parameters("/api/me", "/api/me"), Some(vec![]));
        assert_eq!(parameters("/", "/"), Some(vec![]));
        for other in ["/api/me/", "/api", "/api/me/more", "/API/me", "/"] {
            assert_eq!(parameters("/api/me", other), None, "{other}");
        }
    }

    #[test]
    fn a_segment_in_braces_matches_one_segment() {
        assert_eq!(parameters("/problems/{slug}", "/problems/a b"), Some(pair("slug", "a b")));
        assert_eq!(parameters("/problems/{slug}", "/problems/"), None);
        assert_eq!(parameters("/problems/{slug}", "/problems/a/b"), None);
    }

    #[test]
    fn a_greedy_segment_matches_the_rest() {
        assert_eq!(parameters("/files/{path+}", "/files/a/b"), Some(pair("path", "a/b")));
        assert_eq!(parameters("/files/{path+}", "/files"), None);
    }

    #[test]
    fn a_route_matches_only_its_method() {
        assert!(route("POST", "/api/me").matches("GET", "/api/me").is_none());
        assert!(route("ANY", "/api/me").matches("DELETE", "/api/me").is_some());
    }

    #[test]
    fn the_more_exact_match_is_the_greater_one() {
        let from_least_to_most = [
            route("GET", "/{rest+}"),
            route("GET", "/api/{rest+}"),
            route("GET", "/api/{name}"),
            route("ANY", "/api/me"),
            route("GET", "/api/me"),
        ];
        let exactness: Vec<_> = from_least_to_most
            .iter()
            .map(|route| route.matches("GET", "/api/me").expect("every route takes it").exactness)
            .collect();
        assert!(exactness.is_sorted_by(|less, more| less < more), "{exactness:?}");
    }
}
