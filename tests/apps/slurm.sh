#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# A private Slurm of one node for tests: no systemd, no cgroups, nothing written outside DIR.
#
#   slurm.sh start DIR   starts munged, slurmctld and slurmd in DIR, a fresh folder, and prints what a client needs
#   slurm.sh stop DIR    ends all jobs and the daemons, and returns when no process of them is left
#
# In a test:
#   dir=$(mktemp -d)
#   trap 'slurm.sh stop "$dir"; rm -rf "$dir"' EXIT
#   vars=$(slurm.sh start "$dir") || exit $?   # 77 where Slurm is not there or cannot run
#   eval "$vars"
#
# May also be sourced, for slurm_start and slurm_stop. SLURM_SH_CPUS (4): how many CPUs the node says that it has,
# whatever the machine has. Debian: apt-get install --no-install-recommends slurmctld slurmd munge slurm-client
set -euo pipefail

# Where Debian has munged, slurmctld and slurmd, which is not on a user's PATH.
slurm_path=$PATH:/usr/sbin:/sbin:/usr/local/sbin

# Says why Slurm cannot run here, with the ends of the logs of DIR if given; returns 77, for CTest's SKIP_RETURN_CODE.
slurm_skip() {
  echo "slurm.sh: $1" >&2
  if [[ -n ${2:-} ]]; then
    tail -n 5 "$2"/log/*.log >&2 || true
  fi
  return 77
}

# True while the process lives; a zombie does not, and in a container perhaps nobody reaps it.
slurm_alive() {
  local state
  state=$(ps -o stat= -p "$1" 2>/dev/null) && [[ $state != Z* ]]
}

# slurm_until SECONDS COMMAND...: true as soon as the command succeeds; false after that time, or when a daemon ended.
slurm_daemons=()
slurm_until() {
  local end=$((SECONDS + $1)) pid
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    for pid in "${slurm_daemons[@]}"; do slurm_alive "$pid" || return 1; done
    sleep 0.1
  done
}

# A port of ADDRESS that nobody listens on, below those that the kernel gives to clients.
slurm_free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/$1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# slurm_daemon DIR COMMAND...: in a session of its own, where no Ctrl-C comes, and without the caller's stdout. The
# variable marks it for slurm_processes.
slurm_daemon() {
  local dir=$1
  shift
  SLURM_SH_DIR=$dir PATH=$slurm_path setsid "$@" </dev/null >"$dir/log/$1.stderr.log" 2>&1 &
  slurm_daemons+=($!)
}

# The pids of all that runs for DIR: the daemons by the mark, the processes of jobs, wherever they went, by what Slurm put
# into their environment, and the slurmstepds, which wipe theirs, by the log that they hold open.
slurm_processes() {
  local pid
  {
    grep -lszFx "SLURM_SH_DIR=$1" /proc/[0-9]*/environ || true
    { grep -lszFx "SLURM_CONF=$1/slurm.conf" /proc/[0-9]*/environ || true; } | xargs -r grep -lsz '^SLURM_JOB_ID=' || true
    { find /proc/[0-9]*/fd -lname "$1/log/slurmd.log" 2>/dev/null || true; } | sed 's,/fd/.*,/comm,' |
      xargs -r grep -ls '^slurmstepd' || true
  } | sed 's,^/proc/\([0-9]*\)/.*,\1,' | sort -un | while read -r pid; do
    if slurm_alive "$pid"; then echo "$pid"; fi
  done
}

slurm_node_is_idle() { [[ $(sinfo -h -o %T 2>/dev/null) == idle ]]; }
slurm_no_jobs() { [[ -z $(squeue -h -o %A 2>/dev/null) ]]; }
slurm_no_processes() { [[ -z $(slurm_processes "$1") ]]; }

slurm_start() {
  local dir program host address listen user cpus=${SLURM_SH_CPUS:-4} SLURM_CONF
  for program in munged munge slurmctld slurmd slurmstepd sbatch squeue sinfo scancel setsid; do
    PATH=$slurm_path command -v "$program" >/dev/null || { slurm_skip "no $program here"; return; }
  done
  [[ $1 =~ ^[A-Za-z0-9._/+-]{1,80}$ ]] || { slurm_skip "$1: slurm.conf takes no such name"; return; }
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
  host=$(hostname -s)
  # Slurm's daemons listen on the address of the machine's name, if it has one, else on all.
  address=$(getent ahostsv4 "$host" | awk 'NR == 1 { print $1 }') || true
  listen=${address:+CommunicationParameters=NoInAddrAny,NoCtldInAddrAny}
  address=${address:-127.0.0.1}
  user=$(id -un) || { slurm_skip "user $(id -u) has no name, which Slurm needs"; return; }
  [[ ! -e $dir/slurm.conf ]] || { echo "slurm.sh: $dir was used before" >&2; return 1; }
  # The variables of a job that the tests themselves may run in are not for this Slurm.
  unset "${!SLURM_@}" "${!SBATCH_@}"
  mkdir -p "$dir"/{log,state,spool,munge}
  chmod 755 "$dir"/munge
  (umask 077 && head -c 128 /dev/urandom >"$dir/munge/key")
  cat >"$dir/slurm.conf" <<END
ClusterName=private
SlurmctldHost=$host($address)
SlurmUser=$user
SlurmdUser=$user
SlurmctldPort=$(slurm_free_port "$address")
SlurmdPort=$(slurm_free_port "$address")
$listen
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/state/slurmctld.pid
SlurmdPidFile=$dir/spool/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
MailProg=/bin/true
# No cgroups: a job's processes are those of its process groups.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
# A job starts within two seconds, gets KILL 5 seconds after TERM, and is there for scontrol for an hour after its end.
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
KillWait=5
OverTimeLimit=0
MinJobAge=3600
# The node has as many CPUs as this says, and is up whenever slurmd is.
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$host NodeAddr=$address CPUs=$cpus State=UNKNOWN
PartitionName=tests Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
  export SLURM_CONF=$dir/slurm.conf
  slurm_daemons=()
  # --force: DIR may be one that only its owner can enter, as mktemp makes them.
  slurm_daemon "$dir" munged --foreground --force --num-threads=2 --key-file="$dir/munge/key" \
    --socket="$dir/munge/socket" --pid-file="$dir/munge/pid" --seed-file="$dir/munge/seed"
  if ! slurm_until 10 test -S "$dir/munge/socket"; then
    slurm_stop "$dir"
    slurm_skip "munged does not start" "$dir"
    return
  fi
  slurm_daemon "$dir" slurmctld -D
  slurm_daemon "$dir" slurmd -D
  if ! slurm_until 30 slurm_node_is_idle; then
    slurm_stop "$dir"
    slurm_skip "the node does not become idle" "$dir"
    return
  fi
  # shellcheck disable=SC2016
  echo 'unset "${!SLURM_@}" "${!SBATCH_@}"'
  printf 'export SLURM_CONF=%q\n' "$SLURM_CONF"
}

slurm_stop() {
  local dir signal pid SLURM_CONF
  slurm_daemons=()
  dir=$(cd "$1" && pwd -P)
  [[ -f $dir/slurm.conf ]] || return 0
  export SLURM_CONF=$dir/slurm.conf
  if scontrol ping 2>/dev/null | grep -q 'is UP'; then
    scancel --me || true
    slurm_until 15 slurm_no_jobs || echo "slurm.sh: jobs that do not end" >&2
  fi
  for signal in TERM KILL; do
    for pid in $(slurm_processes "$dir"); do
      kill "-$signal" "$pid" 2>/dev/null || true
    done
    if slurm_until 5 slurm_no_processes "$dir"; then return; fi
  done
  echo "slurm.sh: processes that do not end: $(slurm_processes "$dir" | xargs)" >&2
  return 1
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  if [[ $# -ne 2 || ! $1 =~ ^(start|stop)$ ]]; then
    echo "usage: slurm.sh start|stop DIR" >&2
    exit 2
  fi
  "slurm_$1" "$2"
fi
