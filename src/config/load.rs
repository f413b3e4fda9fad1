//! From the file and the environment to a [`Config`], or to everything that is wrong with them.
//!
//! The environment wins over the file, the command line over both. Nothing is guessed and nothing
//! ignored: a key that does not exist is a fault like a value that cannot be read, and all faults
//! are told at once, each with its name, what stood there and what to write.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use url::Url;

use super::setting::{Setting, text_of};
use super::{Config, Declared, Introspection, PREFIX, SECTIONS, SETTINGS, check, variable};

/// The file that is read where no other is named.
const DEFAULT_FILE: &str = "entente.toml";
/// What a secret's name ends with where it names the file that holds it.
const FILE_SUFFIX: &str = "_file";

/// What the command line says about the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// `--config FILE`.
    pub file: Option<PathBuf>,
    /// `--listen HOST:PORT`.
    pub listen: Option<SocketAddr>,
    /// `--data DIR`.
    pub data: Option<PathBuf>,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands: a variable, or a key and its file.
    pub name: String,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
}

/// Everything that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for fault in &self.0 {
            write!(f, "\n  {}: {}", fault.name, fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl Config {
    /// Reads the configuration of this process.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn load(args: &Args) -> Result<Self, Faults> {
        Self::read(args, std::env::vars_os())
    }

    /// The configuration of the demo: as set, but on this address and folder, with its pages on.
    ///
    /// # Errors
    /// Everything that is wrong with what was set.
    pub fn demo(listen: SocketAddr, data: impl Into<PathBuf>) -> Result<Self, Faults> {
        let mut config = Self::load(&Args {
            file: None,
            listen: Some(listen),
            data: Some(data.into()),
        })?;
        config.http.development = true;
        config.http.introspection = Introspection::Public;
        Ok(config)
    }

    /// Reads the configuration from the given environment.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read<K, V>(
        args: &Args,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Faults>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut values = Values::gather(args, environment);
        let config = Self::take(&mut values).map(|config| config.complete(args, &values));
        if let Some(config) = &config {
            for (key, message) in check::faults(config) {
                values.fault(key, message);
            }
        }
        match config {
            Some(config) if values.faults.is_empty() => Ok(config),
            _ => Err(Faults(values.faults)),
        }
    }

    /// What the command line says, and the values that follow from others where nothing is set.
    fn complete(mut self, args: &Args, values: &Values) -> Self {
        if let Some(listen) = args.listen {
            self.http.listen = listen;
        }
        if let Some(data) = &args.data {
            self.data.clone_from(data);
        }
        if self.http.workers == 0 {
            self.http.workers = std::thread::available_parallelism().map_or(1, usize::from);
        }
        if !values.is_set("portal.base_url")
            && let Ok(own) = Url::parse(&format!("http://{}/", reachable(self.http.listen)))
        {
            self.portal.base_url = own;
        }
        // A page is joined to it, and joining replaces what follows the last slash.
        let path = self.portal.base_url.path();
        if !path.ends_with('/') {
            let folder = format!("{path}/");
            self.portal.base_url.set_path(&folder);
        }
        if !values.is_set("portal.terms_url")
            && check::is_web(&self.portal.base_url)
            && let Ok(terms) = self.portal.base_url.join("terms")
        {
            self.portal.terms_url = terms;
        }
        if !values.is_set("http.development") {
            self.http.development =
                self.http.listen.ip().is_loopback() && check::is_local(&self.portal.base_url);
        }
        // GraphiQL is of no use to someone who may not read the schema.
        if self.http.development && !values.is_set("http.introspection") {
            self.http.introspection = Introspection::Public;
        }
        self
    }
}

/// The address by which this machine reaches what listens there.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let here = match listen.ip() {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
    };
    let ip = listen.ip();
    SocketAddr::new(if ip.is_unspecified() { here } else { ip }, listen.port())
}

/// What stands in the file and the environment, and what is wrong with it so far.
pub(super) struct Values {
    figment: Figment,
    file: Option<PathBuf>,
    faults: Vec<Fault>,
}

impl Values {
    fn gather<K, V>(args: &Args, environment: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut faults = Vec::new();
        let environment = Environment::of(environment, &mut faults);
        let file = environment.file.clone();
        let file = args.file.clone().or(file);
        let mut figment = Figment::new();
        let mut read_from = None;
        let path = file.clone().unwrap_or_else(|| DEFAULT_FILE.into());
        if path.exists() || file.is_some() {
            match read_file(&path) {
                Ok(values) => {
                    unknown_keys(&values, &path, &mut faults);
                    figment = figment.merge(Read {
                        name: "file",
                        values,
                    });
                }
                Err(message) => faults.push(Fault {
                    name: path.display().to_string(),
                    message,
                }),
            }
            read_from = Some(path);
        }
        Self {
            figment: figment.merge(Read {
                name: "environment",
                values: environment.values,
            }),
            file: read_from,
            faults,
        }
    }

    fn is_set(&self, key: &str) -> bool {
        self.figment.contains(key)
    }

    /// Notes what is wrong with the value of `key`, by the name under which it was set.
    fn fault(&mut self, key: &str, message: String) {
        let from_file = self
            .figment
            .find_metadata(key)
            .is_some_and(|metadata| metadata.name == "file");
        let name = match &self.file {
            Some(file) if from_file => format!("{key} in {}", file.display()),
            _ => variable(key),
        };
        self.faults.push(Fault { name, message });
    }

    /// The value of a setting, or its default; `None` where it is at fault, which is noted.
    pub(super) fn take<T: Setting>(&mut self, section: &str, name: &str) -> Option<T> {
        let declared = SETTINGS
            .iter()
            .find(|it| it.section == section && it.name == name)?;
        let key = declared.key();
        if declared.secret {
            match self.secret_from_file(&key) {
                Ok(None) => (),
                Ok(Some(text)) => return self.accept(declared, &key, T::read(&text), None),
                Err(message) => {
                    self.fault(&format!("{key}{FILE_SUFFIX}"), message);
                    return None;
                }
            }
        }
        match self.figment.find_value(&key) {
            Err(_) => T::read(declared.default),
            Ok(value) => {
                let shown = (!declared.secret).then(|| text_of(&value)).flatten();
                self.accept(declared, &key, T::from_value(&value), shown)
            }
        }
    }

    fn accept<T>(
        &mut self,
        declared: &Declared,
        key: &str,
        read: Option<T>,
        shown: Option<String>,
    ) -> Option<T> {
        if read.is_none() {
            let instead = shown.map_or(String::new(), |text| format!(" instead of `{text}`"));
            self.fault(key, format!("write {}{instead}.", declared.shape));
        }
        read
    }

    /// What stands in the file that `<key>_file` names.
    fn secret_from_file(&self, key: &str) -> Result<Option<String>, String> {
        let Ok(path) = self.figment.find_value(&format!("{key}{FILE_SUFFIX}")) else {
            return Ok(None);
        };
        if self.is_set(key) {
            return Err(format!("set either this or {}, not both.", variable(key)));
        }
        let path = text_of(&path).ok_or("write a path.")?;
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("`{path}` cannot be read ({error}): name a readable file."))?;
        Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
    }
}

fn read_file(path: &Path) -> Result<Dict, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot be read ({error}): name a readable file."))?;
    Toml::from_str(&text).map_err(|error| format!("write TOML: {error}"))
}

/// The variables that are meant for us, as nested values.
#[derive(Default)]
struct Environment {
    file: Option<PathBuf>,
    values: Dict,
}

impl Environment {
    fn of<K, V>(variables: impl IntoIterator<Item = (K, V)>, faults: &mut Vec<Fault>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Some(name) = name.into().to_str().map(str::to_owned) else {
                continue;
            };
            // Those of the tests are not for us.
            let Some(rest) = name
                .strip_prefix(PREFIX)
                .filter(|it| !it.starts_with("TEST_"))
            else {
                continue;
            };
            let value = value.into();
            // Compose files pass what is not set as an empty text.
            if value.is_empty() {
                continue;
            }
            if rest == "CONFIG" {
                environment.file = Some(value.into());
                continue;
            }
            let Ok(value) = value.into_string() else {
                faults.push(Fault {
                    name,
                    message: "write it in UTF-8.".to_owned(),
                });
                continue;
            };
            let key = rest.to_lowercase();
            let (section, field) = key.split_once('_').unwrap_or(("", &key));
            if !is_known(section, field) {
                let message = unknown(&name, known_names().map(|key| variable(&key)));
                faults.push(Fault { name, message });
            } else if section.is_empty() {
                environment.values.insert(key, value.into());
            } else {
                let values = environment
                    .values
                    .entry(section.to_owned())
                    .or_insert_with(|| Dict::new().into());
                if let Value::Dict(_, fields) = values {
                    fields.insert(field.to_owned(), value.into());
                }
            }
        }
        environment
    }
}

/// Notes every key of the file that is not declared.
fn unknown_keys(values: &Dict, path: &Path, faults: &mut Vec<Fault>) {
    let mut note = |key: &str, message: String| {
        let name = format!("{key} in {}", path.display());
        faults.push(Fault { name, message });
    };
    let no_such = |key: &str| unknown(key, known_names());
    for (key, value) in values {
        if !SECTIONS.iter().any(|(section, _)| section == key) {
            if !is_known("", key) {
                note(key, no_such(key));
            }
        } else if let Value::Dict(_, fields) = value {
            for field in fields.keys().filter(|field| !is_known(key, field)) {
                let key = format!("{key}.{field}");
                note(&key, no_such(&key));
            }
        } else {
            note(key, format!("write a table: [{key}]."));
        }
    }
}

/// Every key, and those that name the file of a secret.
fn known_names() -> impl Iterator<Item = String> {
    SETTINGS.iter().flat_map(|it| {
        let file = it.secret.then(|| format!("{}{FILE_SUFFIX}", it.key()));
        std::iter::once(it.key()).chain(file)
    })
}

fn is_known(section: &str, name: &str) -> bool {
    SETTINGS
        .iter()
        .filter(|it| it.section == section)
        .any(|it| it.name == name || (it.secret && name.strip_suffix(FILE_SUFFIX) == Some(it.name)))
}

/// What to say of a name that does not exist: the nearest one that does.
fn unknown(name: &str, known: impl Iterator<Item = String>) -> String {
    let nearest = known
        .map(|candidate| (strsim::damerau_levenshtein(&candidate, name), candidate))
        .min()
        .filter(|(distance, _)| *distance <= name.len() / 4);
    match nearest {
        Some((_, candidate)) => format!("there is no such setting; did you mean {candidate}?"),
        None => "there is no such setting; .env.example lists all.".to_owned(),
    }
}

/// Values that were read already, under the name of where they come from.
struct Read {
    name: &'static str,
    values: Dict,
}

impl Provider for Read {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}
