//! What the runs have met: a simulation that meets nothing proves nothing.

/// What the runs of some seeds have met.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::simulation) struct Coverage {
    pub(in crate::simulation) days: i64,
    pub(in crate::simulation) sent: usize,
    pub(in crate::simulation) expected: usize,
    /// Deliveries that were dead letters when some were replayed.
    pub(in crate::simulation) replayed: usize,
    /// Deliveries that were taken, which a crash kept from being recorded.
    pub(in crate::simulation) swallowed: usize,
    pub(in crate::simulation) crashes: usize,
    /// Subscriptions disabled by 410.
    pub(in crate::simulation) gone: usize,
    /// Subscriptions disabled after days of failures.
    pub(in crate::simulation) failing: usize,
    /// Deliveries that had every attempt of the plan.
    pub(in crate::simulation) exhausted: usize,
}

impl std::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.days += other.days;
        self.sent += other.sent;
        self.expected += other.expected;
        self.replayed += other.replayed;
        self.swallowed += other.swallowed;
        self.crashes += other.crashes;
        self.gone += other.gone;
        self.failing += other.failing;
        self.exhausted += other.exhausted;
    }
}
