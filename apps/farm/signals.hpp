// SPDX-License-Identifier: BSL-1.0
#pragma once

// The signals that mpirun passes on to every rank. Counted, and nothing else: whoever is interested looks.

namespace farm::signals {

/// Before cohort::Session, which leaves alone what somebody else handles.
void count();

/// While nothing has begun: SIGTERM and SIGINT end this process.
void end_at_once(bool on);

int usr1();  ///< the state is to be printed
/// The first: begin nothing new; the second, half a second to a minute later: end what runs.
int usr2();
int ending();  ///< SIGTERM or SIGINT, or 0

}  // namespace farm::signals
