//! Standard output, where a command speaks. Whoever listened may have gone away (`| head`, a closed terminal): that
//! is no reason for a command to panic, and none at all for a server to die.

use std::fmt::Arguments;
use std::io::Write;

/// Prints a line, as `println!` does, to whoever is still there.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::output::line(format_args!($($text)*))
    };
}

pub(crate) fn line(text: Arguments<'_>) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
