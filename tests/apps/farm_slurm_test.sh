#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# farm_slurm_test.sh FARM: the shipped batch scripts under a real Slurm, of one node and of this test's own: a job to its
# end, one that is stopped before its limit and gone on with, scancel, an array of farms.
# shellcheck source=tests/faults/jobs.sh
source "$(dirname "$0")/../faults/jobs.sh"
farm=$(realpath "$1")
slurm=$(realpath "$(dirname "$0")/slurm.sh")
batch=$(realpath "$(dirname "$0")/../../apps/farm/batch/farm.slurm")
batch_srun=$(dirname "$batch")/farm-srun.slurm
PATH=$(dirname "$farm"):$PATH
cd "$work"
at_end() { bash "$slurm" stop "$work/slurm"; }
SLURM_SH_CPUS=2 bash "$slurm" start "$work/slurm" >vars || exit $?
# shellcheck disable=SC1091
source ./vars
job=slurm

records() { grep -cE -- "$1" tasks.txt.journal || true; }
sleepers() { for ((i = 1; i <= $1; ++i)); do echo "sleep $2; echo $i >>ran"; done >tasks.txt; }
fresh() { rm -rf tasks* logs ran ./*.journal ./*.out; }
submit() { sbatch --parsable -n 2 "$@"; }
is_over() { [[ -z $(squeue -h -j "$1" 2>/dev/null) ]]; }
# expect_end JOB STATE CODE
expect_end() {
  wait_for 120 is_over "$1" || complain "job $1 does not end"
  scontrol show job -o "$1" >"$out"
  cat ./*"$1"*.out >"$err" 2>/dev/null || true
  expect_out "JobState=$2 .* ExitCode=$3 "
}
some_ran() { [[ -e ran && $(wc -l <ran) -ge $1 ]]; }

# To its end.
fresh
sleepers 12 0.1
id=$(submit "$batch")
expect_end "$id" COMPLETED 0:0
expect_err 'farm: 12 done, 0 failed, 0 left'

# Asked to stop, and gone on with by the next job.
fresh
sleepers 60 0.2
id=$(submit "$batch")
wait_for 30 some_ran 4
scancel --batch --signal=USR2 "$id"
expect_end "$id" FAILED 75:0
expect_err 'farm: stopped by SIGUSR2; run the same line again for the rest'
[[ $(records '"how":"done"') -eq $(wc -l <ran) ]] || complain "recorded $(records '"how":"done"'), ran $(wc -l <ran)"
id=$(submit "$batch")
expect_end "$id" COMPLETED 0:0
[[ $(sort -n ran) == "$(seq 1 60)" ]] || complain "ran: $(sort -n ran | tr '\n' ' ')"

# Ended at once; what ran begins again.
fresh
sleepers 20 0.4
id=$(submit "$batch")
wait_for 30 some_ran 3
scancel "$id"
expect_end "$id" CANCELLED '0:[0-9]+'
wait_for 10 bash -c '! pgrep -f "[s]leep 0.4; echo" >/dev/null' || complain "tasks of a cancelled job run on"
id=$(submit "$batch")
expect_end "$id" COMPLETED 0:0
[[ $(sort -nu ran) == "$(seq 1 20)" ]] || complain "ran: $(sort -nu ran | tr '\n' ' ')"
[[ $(records '"how":"done"') -eq 20 ]] || complain "$(records '"how":"done"') instead of 20 on record"

# Its limit: a minute, of which Slurm's signal, or farm's own look at what is left, keeps some.
fresh
sleepers 400 0.5
id=$(submit --time=1 --signal=B:USR2@50 "$batch")
expect_end "$id" FAILED 75:0
expect_err 'farm: stopped'
[[ $(records '"how":"done"') -eq $(wc -l <ran) ]] || complain "recorded $(records '"how":"done"'), ran $(wc -l <ran)"

# An array.
fresh
for part in 0 1 2; do for ((i = 1; i <= 5; ++i)); do echo "echo $part.$i >>ran"; done >"tasks.$part.txt"; done
# shellcheck disable=SC2016
id=$(sbatch --parsable -n 1 --array=0-2 --output=array-%A.%a.out \
  --wrap 'mpirun farm tasks.$SLURM_ARRAY_TASK_ID.txt --logs logs.$SLURM_ARRAY_TASK_ID')
expect_end "$id" COMPLETED 0:0
[[ $(wc -l <ran) -eq 15 ]] || complain "$(wc -l <ran) instead of 15 ran"

# As Slurm's own launcher starts it: stopped, and gone on with.
fresh
sleepers 60 0.2
id=$(submit "$batch_srun")
wait_for 30 some_ran 4
scancel --signal=USR2 "$id"
expect_end "$id" FAILED 75:0
expect_err 'farm: stopped by SIGUSR2; run the same line again for the rest'
[[ $(records '"how":"interrupted"') -eq 0 ]] || complain "what ran was not finished"
id=$(submit "$batch_srun")
expect_end "$id" COMPLETED 0:0
expect_err 'farm: [0-9]+ done \(and [0-9]+ before\), 0 failed, 0 left; .* on 2 ranks'
[[ $(sort -n ran) == "$(seq 1 60)" ]] || complain "ran: $(sort -n ran | tr '\n' ' ')"
