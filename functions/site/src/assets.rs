//! The assets: style, script and images, each under a name with its hash, so that a browser caches it permanently.
//!
//! While a new version takes over, a page of one version may ask the other for an asset. It then gets that version's,
//! which it may not cache.

use std::collections::BTreeMap;

use shared::config::{
    Logo, PageSettings,
    accent::{Accent, Color},
};

use crate::{
    Lazy,
    file::{Cache, File, Kind},
    lazy,
};

/// The name of the page's script.
pub(crate) const SCRIPT: &str = "page.js";

/// The name of a logo from the settings.
pub(crate) const LOGO: &str = "logo.image";

/// The modules of the page's script, each after those that it uses.
macro_rules! modules {
    ($($name:literal),* $(,)?) => {
        [$(include_str!(concat!("../assets/page/", $name))),*]
    };
}

const MODULES: [&str; 9] = modules![
    "texts.js",
    "clock.js",
    "api.js",
    "refusals.js",
    "person.js",
    "form.js",
    "code.js",
    "navigation.js",
    "screens.js",
];

const START: &str = include_str!("../assets/page/main.js");

/// The panel that shows developers the API calls.
const CALLS: &str = include_str!("../assets/page/calls.js");

/// A file of Swagger UI, compressed by `build.rs`.
macro_rules! swagger_ui {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".gz")).as_slice()
    };
}

/// The assets, by their names without a hash.
pub(crate) struct Assets(BTreeMap<&'static str, Lazy>);

impl Assets {
    pub(crate) fn new(settings: &PageSettings) -> Self {
        let (accent, shows_calls) = (settings.accent, settings.show_api_calls);
        let text = |kind, text: &'static str| lazy(move || File::new(kind, text.as_bytes()));
        let mut assets = BTreeMap::from([
            ("docs.css", text(Kind::Style, include_str!("../assets/docs.css"))),
            ("docs.js", text(Kind::Script, include_str!("../assets/docs.js"))),
            ("icon.svg", text(Kind::Image("image/svg+xml"), include_str!("../assets/icon.svg"))),
            ("style.css", lazy(move || File::new(Kind::Style, style(accent).as_bytes()))),
            (SCRIPT, lazy(move || File::new(Kind::Script, script(shows_calls).as_bytes()))),
            (
                "swagger-ui-bundle.js",
                lazy(|| File::compressed(Kind::Script, swagger_ui!("swagger-ui-bundle.js"))),
            ),
            ("swagger-ui.css", lazy(|| File::compressed(Kind::Style, swagger_ui!("swagger-ui.css")))),
        ]);
        if let Some(Logo::Image { media_type, bytes }) = settings.logo.clone() {
            assets.insert(LOGO, lazy(move || File::new(Kind::Image(media_type), &bytes)));
        }
        Self(assets)
    }

    /// The path under which an asset may be cached.
    pub(crate) fn path(&self, name: &str) -> String {
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hash = self.0.get(name).map_or("", |asset| asset.hash());
        format!("/assets/{stem}.{hash}.{extension}")
    }

    /// The asset of a path, and whether it may be cached under it.
    pub(crate) fn find(&self, path: &str) -> Option<(&File, Cache)> {
        let (stem, rest) = path.strip_prefix("/assets/")?.split_once('.')?;
        let (hash, extension) = rest.split_once('.').unwrap_or(("", rest));
        let file = &**self.0.get(&*format!("{stem}.{extension}"))?;
        Some((file, if hash == file.hash() { Cache::Immutable } else { Cache::Revalidate }))
    }
}

/// The style sheet, with the accent of this deployment.
fn style(Accent([light, dark]): Accent) -> String {
    let own = |accent: Color| format!("--accent: {accent}; --on-accent: {};", accent.text_on());
    format!(
        "{}\n:root {{ {} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} }} }}\n",
        include_str!("../assets/style.css"),
        own(light),
        own(dark),
    )
}

/// The modules as one script, so that a browser makes one request: without imports, comments and the word `export`.
fn script(shows_calls: bool) -> String {
    let calls = shows_calls.then_some(CALLS);
    let modules = MODULES.into_iter().chain(calls).chain([START]);
    let is_left_out = |line: &&str| {
        let line = line.trim_start();
        line.is_empty() || ["import ", "//", "/**", "*"].iter().any(|start| line.starts_with(start))
    };
    let lines = modules.flat_map(str::lines).filter(|line| !is_left_out(line));
    lines.flat_map(|line| [line.strip_prefix("export ").unwrap_or(line), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use shared::config::accent::GROUNDS;

    use super::*;

    fn assets() -> Assets {
        Assets::new(&PageSettings::read(|_| None).unwrap())
    }

    #[test]
    fn an_asset_is_kept_for_good_under_the_name_of_its_bytes_only() {
        let assets = assets();
        let path = assets.path("style.css");
        let (file, cache) = assets.find(&path).unwrap();
        assert!(path.contains(file.hash()) && cache == Cache::Immutable, "{path}");
        for other in ["/assets/style.css", "/assets/style.0123456789abcdef.css"] {
            let (found, cache) = assets.find(other).unwrap();
            assert!(found.hash() == file.hash() && cache == Cache::Revalidate, "{other}");
        }
        for none in ["/assets/", "/assets/style", "/assets/none.css", "/assets/style.a.b.css", "/style.css"] {
            assert!(assets.find(none).is_none(), "{none}");
        }
        let other = PageSettings {
            accent: Accent::parse("#635bff").unwrap(),
            ..PageSettings::read(|_| None).unwrap()
        };
        assert_ne!(Assets::new(&other).path("style.css"), path);
    }

    #[test]
    fn the_accent_is_measured_against_the_colours_of_the_style_sheet() {
        let sheet = include_str!("../assets/style.css");
        for [page, card] in GROUNDS {
            let both = format!("--ground: {page};\n");
            let at = sheet.find(&both).unwrap_or_else(|| panic!("{both}"));
            assert!(
                sheet[at + both.len()..].trim_start().starts_with(&format!("--paper: {card};")),
                "{card}"
            );
        }
    }

    #[test]
    fn the_modules_become_one_script() {
        let own = script(false);
        for left_out in ["import ", "\nexport ", "// "] {
            assert!(!own.contains(left_out), "{left_out}");
        }
        assert!(own.starts_with("const page = ") && own.ends_with("start(screens);\n"), "{own}");
        assert!(!own.contains("curl") && script(true).contains("curl"));
        // Each name once: the modules share one scope.
        let declared = script(true);
        let declared = declared.lines().filter_map(|line| {
            let line = line.strip_prefix("async ").unwrap_or(line);
            let (kind, rest) = line.split_once(' ')?;
            ["const", "let", "function", "class"]
                .contains(&kind)
                .then(|| rest.split([' ', '(', ';']).next())?
        });
        let mut names = std::collections::BTreeSet::new();
        for name in declared.filter(|name| !name.starts_with('{')) {
            assert!(names.insert(name.to_owned()), "{name} comes twice");
        }
        assert!(names.len() > 50, "{names:?}");
    }
}
