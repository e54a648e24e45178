//! `--env-file`: its variables hold for the libraries in this process too, such as those of a proxy,
//! of Kerberos, or of the files of trusted certificates.

use std::{
    collections::BTreeMap, env, os::unix::process::CommandExt as _, path::Path, process::Command,
};

use crate::config::ConfigFlags;

/// Starts this program anew, as the same process, with the variables of the file in its
/// environment; returns if they are there already, or if that cannot be done.
///
/// Setting them in a running process is not safe, because libraries read them whenever they like.
///
/// What can be read but once, such as a pipe, is left to whoever reads the configuration: its variables
/// hold for that alone.
pub(super) fn adopt(flags: &ConfigFlags) {
    if !flags.env_file.as_ref().is_some_and(|file| file.is_file()) {
        return;
    }
    // Whoever reads the configuration says what is wrong with the file.
    let Ok(variables) = flags.env_file_variables(Path::new("")) else {
        return;
    };
    let wanted: BTreeMap<String, String> = variables.into_iter().collect();
    let is_set = |(name, value): (&String, &String)| {
        env::var_os(name).is_some_and(|set| set.as_os_str() == value.as_str())
    };
    if wanted.iter().all(is_set) {
        return;
    }
    let Ok(program) = env::current_exe() else {
        return;
    };
    let mut words = env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    let error = command.args(words).envs(wanted).exec();
    tracing::debug!(%error, "the variables of the file hold for the configuration only");
}
