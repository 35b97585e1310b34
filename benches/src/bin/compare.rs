//! `compare`: builds the servers, loads them in turn and prints how they compare.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use benches::compare::scenario::Scenario;
use benches::compare::server::Server;
use benches::compare::{self, Machine, ScenarioResult, Settings};
use benches::{program, sys};
use clap::Parser;
use serde::Serialize;

/// Compares Kittiwake's servers with raw echoes, a hand-written floor and a thread per connection.
/// Exits with 1 when any reply was wrong.
#[derive(Debug, Parser)]
struct Arguments {
    /// The tables that matter most, in two minutes (default).
    #[arg(long, conflicts_with_all = ["full", "scenario"])]
    quick: bool,
    /// Every table, with longer runs.
    #[arg(long, conflicts_with = "scenario")]
    full: bool,
    /// These tables; see --list.
    #[arg(long, value_delimiter = ',', value_parser = scenario)]
    scenario: Vec<Scenario>,
    /// These servers; see --list. Those whose program is missing are skipped.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Another server, NAME=COMMAND: it speaks TTHeader and prints `listening on ADDRESS`;
    /// NAME:raw=COMMAND: it sends back every byte; NAME:any-order=COMMAND: its replies overtake.
    #[arg(long, value_parser = Server::peer)]
    peer: Vec<Server>,
    /// Runs per server and table.
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
    /// Seconds measured per run; 0.8, or with --full 2.
    #[arg(long)]
    seconds: Option<f64>,
    /// Seconds of each run before measuring.
    #[arg(long, default_value_t = 0.25)]
    warmup: f64,
    /// CPU of the servers.
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// CPU of the load.
    #[arg(long, default_value_t = 1)]
    load_cpu: usize,
    /// Print every run as JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Use the programs beside this one as they are.
    #[arg(long)]
    no_build: bool,
    /// Name the tables and servers, and end.
    #[arg(long)]
    list: bool,
}

#[derive(Serialize)]
struct Everything<'a> {
    machine: &'a Machine,
    repetitions: usize,
    seconds: f64,
    scenarios: &'a [ScenarioResult],
}

fn main() -> ExitCode {
    program::run(run)
}

fn run() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let directory = programs(arguments.no_build)?;
    let own = Server::own(&directory, arguments.server_cpu);
    if arguments.list {
        list(&own);
        return Ok(ExitCode::SUCCESS);
    }
    let wanted = select(own, &arguments)?;
    if !arguments.no_build {
        build(&wanted)?;
    }
    let servers = present(wanted, &arguments.only)?;
    let settings = settings(&arguments, directory)?;
    sys::raise_open_files().context("cannot raise the limit of open files")?;
    let machine = Machine::here();
    if !arguments.json {
        print_heading(&machine, &settings);
    }
    let mut results = Vec::new();
    for scenario in scenarios(&arguments) {
        let result = compare::compare(&settings, &scenario, &servers, &mut |line| {
            eprintln!("{line}")
        })?;
        if !arguments.json {
            println!("{result}");
        }
        results.push(result);
    }
    if arguments.json {
        let Settings {
            repetitions,
            seconds,
            ..
        } = settings;
        let everything = Everything {
            machine: &machine,
            repetitions,
            seconds,
            scenarios: &results,
        };
        println!("{}", serde_json::to_string_pretty(&everything)?);
    }
    let errors = results.iter().any(ScenarioResult::has_errors);
    Ok(if errors {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Where the programs are: beside this one. What is built for a comparison is built for release,
/// even when this program was not.
fn programs(as_they_are: bool) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program's own path is unknown")?;
    let directory = program.parent().context("this program has no directory")?;
    let debug = directory.file_name().is_some_and(|name| name == "debug");
    let release = debug && !as_they_are;
    Ok(if release {
        directory.with_file_name("release")
    } else {
        directory.to_owned()
    })
}

/// The servers asked for.
fn select(own: Vec<Server>, arguments: &Arguments) -> anyhow::Result<Vec<Server>> {
    let all: Vec<Server> = own
        .into_iter()
        .chain(arguments.peer.iter().cloned())
        .collect();
    for name in &arguments.only {
        if !all.iter().any(|server| server.name == *name) {
            bail!("there is no server `{name}`; --list names them");
        }
    }
    let only = &arguments.only;
    Ok(all
        .into_iter()
        .filter(|server| only.is_empty() || only.contains(&server.name))
        .collect())
}

/// Builds the packages that the servers come from.
fn build(servers: &[Server]) -> anyhow::Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("no workspace")?;
    if !workspace.join("Cargo.toml").exists() {
        bail!(
            "the sources are not at {}; use --no-build",
            workspace.display()
        );
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(workspace)
        .args(["build", "--release", "-p", "benches"]);
    if servers.iter().any(is_example) {
        command.args(["-p", "examples"]);
    }
    let status = command.status().context("cargo cannot be started")?;
    anyhow::ensure!(status.success(), "the servers cannot be built; see above");
    Ok(())
}

fn is_example(server: &Server) -> bool {
    server
        .program
        .file_name()
        .is_some_and(|name| name == "echo-server" || name == "netpoll-echo")
}

/// The servers whose program exists. A missing one is an error when it is required, unless the
/// servers were chosen by hand.
fn present(servers: Vec<Server>, only: &[String]) -> anyhow::Result<Vec<Server>> {
    let mut found = Vec::new();
    for server in servers {
        let is_path = server.program.components().count() > 1;
        if !is_path || server.program.exists() {
            found.push(server);
            continue;
        }
        let line = format!(
            "{}: there is no program {}",
            server.name,
            server.program.display()
        );
        if server.required && only.is_empty() {
            bail!("{line}; choose other servers with --only");
        }
        eprintln!("{line}; skipped");
    }
    anyhow::ensure!(!found.is_empty(), "none of the servers is there");
    Ok(found)
}

fn settings(arguments: &Arguments, directory: PathBuf) -> anyhow::Result<Settings> {
    let seconds = arguments
        .seconds
        .unwrap_or(if arguments.full { 2.0 } else { 0.8 });
    anyhow::ensure!(
        arguments.repetitions > 0,
        "--repetitions must be at least 1"
    );
    anyhow::ensure!(
        arguments.server_cpu != arguments.load_cpu,
        "servers and load need a CPU each: --server-cpu and --load-cpu are the same"
    );
    for cpu in [arguments.server_cpu, arguments.load_cpu] {
        let there = Path::new(&format!("/sys/devices/system/cpu/cpu{cpu}")).exists();
        anyhow::ensure!(
            there,
            "there is no CPU {cpu}; servers and load need a CPU each"
        );
    }
    Ok(Settings {
        directory,
        server_cpu: arguments.server_cpu,
        load_cpu: arguments.load_cpu,
        repetitions: arguments.repetitions,
        seconds,
        warm_up: arguments.warmup,
    })
}

fn scenarios(arguments: &Arguments) -> Vec<Scenario> {
    if !arguments.scenario.is_empty() {
        return arguments.scenario.clone();
    }
    Scenario::ALL
        .into_iter()
        .filter(|scenario| arguments.full || scenario.quick)
        .collect()
}

fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::find(name).ok_or_else(|| {
        let names: Vec<&str> = Scenario::ALL.iter().map(|scenario| scenario.name).collect();
        format!("there is no such table; there are {}", names.join(", "))
    })
}

fn list(servers: &[Server]) {
    for Scenario {
        name, about, quick, ..
    } in &Scenario::ALL
    {
        println!(
            "table  {name:<16} {about}{}",
            if *quick { " (quick)" } else { "" }
        );
    }
    for server in servers {
        println!("server {:<16} {server}", server.name);
    }
}

fn print_heading(machine: &Machine, settings: &Settings) {
    let Machine { kernel, cpu, cpus } = machine;
    let Settings {
        server_cpu,
        load_cpu,
        repetitions,
        seconds,
        ..
    } = settings;
    println!(
        "Linux {kernel}, {cpu}, {cpus} CPUs; servers on CPU {server_cpu}, load on CPU {load_cpu};"
    );
    println!("{repetitions} runs of {seconds} s per server, interleaved\n");
}
