//! What a sink that fails after the promote leaves to be done: the sinks behind it hold a token that is dead, and wait.

use super::{Event, Rotator};
use crate::rotation::token::error::Error;
use crate::rotation::token::state::Step;
use crate::rotation::token::tokens::Tokens;

impl<T: Tokens> Rotator<'_, T> {
    /// Takes a step. Where it is a switch that one sink stands in the way of, every other sink is switched and read back
    /// first, as far as that can be; then the first cause is what stops the run. What is wrong whatever the sink, such as a
    /// journal that cannot be written or a new token that is refused, stops it at once, and so does the one who watches.
    pub(super) async fn take_or_halt(&mut self, step: &Step) -> Result<(), Error> {
        let Err(first) = self.take(step).await else { return Ok(()) };
        let (Step::Switch(failed) | Step::SwitchRead(failed)) = *step else { return Err(self.halted(first)) };
        if first.is_of_one_sink() {
            for at in failed + 1..self.sinks.len() {
                self.switch_behind(at).await?;
            }
        }
        Err(self.halted(first))
    }

    /// Switches one sink and reads it back, if that is still to be done. If it fails too, it is left to the next run.
    async fn switch_behind(&mut self, at: usize) -> Result<(), Error> {
        for step in [Step::Switch(at), Step::SwitchRead(at)] {
            let place = &self.rotation.places()[at];
            let is_done = if step == Step::Switch(at) { place.switched } else { place.switch_read };
            if place.dropped || is_done {
                continue;
            }
            if (self.world.watch)(&Event::Before(&self.rotation, &step)).is_break() {
                return Err(Error::Stopped);
            }
            match self.take(&step).await {
                Err(cause) if cause.is_of_one_sink() => break,
                taken => taken.map_err(|cause| self.halted(cause))?,
            }
        }
        Ok(())
    }
}
