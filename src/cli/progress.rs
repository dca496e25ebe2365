//! Progress of long work: a bar on a terminal, plain lines elsewhere. On stderr, so that answers can be piped.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The progress of a command.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Creates a progress indicator; nothing is shown yet.
    pub(super) fn begin() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Shows the step that begins now.
    pub(super) fn step(&self, message: String) {
        if self.bar.is_hidden() {
            eprintln!("{message}");
        } else {
            self.bar.enable_steady_tick(Duration::from_millis(100));
            self.bar.set_message(message);
        }
    }

    /// Prints the result of a step.
    pub(super) fn done(&self, message: &str) {
        self.bar.suspend(|| eprintln!("{message}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
