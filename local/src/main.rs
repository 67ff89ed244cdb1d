//! `cargo run -p local`: the whole service on one machine, with its URLs and each mail on standard output.
//!
//! If it can't start, one line on standard error says why.

mod terminal;

use std::{
    env,
    io::{self, IsTerminal, Write},
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, ValueEnum};
use local::{Mail, Options, Stack, StartError, Storage};
use shared::{clock::Clock, mailer::console_line, telemetry};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Runs the whole service on this machine: the HTTP API, a DynamoDB endpoint and a mail inbox.
///
/// The service's settings are environment variables, as in Lambda.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on; anyone who can reach it can read everything [default: 127.0.0.1]
    #[arg(long, value_name = "IP", default_value_t = IpAddr::from(Ipv4Addr::LOCALHOST), hide_default_value = true)]
    host: IpAddr,
    /// Port of the HTTP API and the inbox
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Port of the DynamoDB endpoint
    #[arg(long, default_value_t = 8001)]
    dynamodb_port: u16,
    /// Folder that keeps the data [default: .local in the workspace]
    #[arg(long, value_name = "FOLDER", conflicts_with = "in_memory")]
    data: Option<PathBuf>,
    /// Keep the data in memory only
    #[arg(long)]
    in_memory: bool,
    /// Template with the routes and the tables [default: template.yaml in the workspace]
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Template of another stack, whose routes are served too, such as examples/protected-api/template.yaml
    #[arg(long, value_name = "FILE")]
    also: Vec<PathBuf>,
    /// Format of requests and mails [default: text on a terminal, otherwise json]
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    log: Option<Format>,
}

/// The format of requests and mails.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

impl Format {
    fn of_the_streams() -> Self {
        if io::stdout().is_terminal() && io::stderr().is_terminal() { Self::Text } else { Self::Json }
    }
}

impl Arguments {
    fn options(self) -> Options {
        let storage = if self.in_memory {
            Storage::Memory
        } else {
            Storage::Folder(self.data.unwrap_or_else(|| local::workspace().join(".local")))
        };
        Options {
            template: self.template.unwrap_or_else(|| local::workspace().join("template.yaml")),
            also: self.also,
            host: self.host,
            port: self.port,
            dynamodb_port: self.dynamodb_port,
            storage,
            settings: env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            clock: Clock::System,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    telemetry::install_panic_hook();
    let arguments = Arguments::parse();
    let format = arguments.log.unwrap_or_else(Format::of_the_streams);
    match run(arguments.options(), format).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "local: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options, format: Format) -> Result<(), StartError> {
    let storage = options.storage.clone();
    if format == Format::Text {
        telemetry::write_lines_with(terminal::print_log_line);
    }
    let stack = Stack::start(options).await?;
    match format {
        Format::Text => terminal::print_places(&stack, &storage),
        Format::Json => print_places(&stack),
    }
    let print_mail: fn(&Mail) = if format == Format::Text { terminal::print_mail } else { print_mail };
    let mails = tokio::spawn(each_mail(stack.inbox().arrivals(), print_mail));
    shutdown_signal().await;
    mails.abort();
    stack.stop().await;
    Ok(())
}

async fn each_mail(mut arrivals: Receiver<Mail>, print: fn(&Mail)) {
    loop {
        match arrivals.recv().await {
            Ok(mail) => print(&mail),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn print_places(stack: &Stack) {
    print(&format!("API       {}", stack.url()));
    print(&format!("Inbox     {}/inbox", stack.url()));
    print(&format!("DynamoDB  {}", stack.dynamodb_url()));
}

fn print_mail(Mail { to, subject, code, text, .. }: &Mail) {
    print(&console_line(to, subject, code.as_deref(), text));
}

fn print(line: &str) {
    // A closed standard output does not end the program.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Ends at Ctrl-C or when the process is asked to terminate.
async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
