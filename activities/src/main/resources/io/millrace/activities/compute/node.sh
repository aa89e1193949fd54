# User data of a node, after the lines that set its variables: fetches the trainer's class path,
# checks every file, starts one trainer per GPU (or one), and ends the machine when they have ended.
set -u
umask 077
say() { printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$node" "$*"; }

# Told to end, the trainers are told; the machine goes with them. A played market has no machine of
# its own, so nothing is shut down there, nor on anything that is not EC2.
pids=
finish() {
    code=$?
    say "ends with $code"
    if [ -z "${MILLRACE_MARKET:-}" ] && grep -qs -i amazon /sys/class/dmi/id/sys_vendor; then
        shutdown -h now || poweroff
    fi
    exit "$code"
}
trap finish EXIT
trap '[ -z "$pids" ] || kill -TERM $pids 2>/dev/null' TERM INT

# what the machine image knows: PYTORCH_LIBRARY_PATH, PYTORCH_FLAVOR, LD_LIBRARY_PATH, MILLRACE_JAVA
if [ -r /etc/millrace/node.env ]; then
    set -a
    . /etc/millrace/node.env
    set +a
fi

cache=${MILLRACE_NODE_CACHE:-/var/cache/millrace}
mkdir -p "$cache/jars" 2>/dev/null && [ -w "$cache/jars" ] || { cache=${TMPDIR:-/tmp}/millrace; mkdir -p "$cache/jars"; }

fetch() {
    if command -v curl >/dev/null; then
        curl -fsS --retry 6 --retry-connrefused --connect-timeout 10 --max-time 900 -o "$2" "$1"
    else
        wget -q --tries=6 --timeout=60 -O "$2" "$1"
    fi
}
digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# one fetch at a time on a machine: the other nodes then find the files
locked=
if command -v flock >/dev/null; then exec 9>"$cache/lock" && flock 9 && locked=yes; fi
list=$cache/.list.$$
classpath=
got=0
fetch "$trainer_list" "$list" || { say 'trainer: its list cannot be fetched'; exit 1; }
listed=$(cut -d ' ' -f 1,2 "$list" | sha256sum | cut -d ' ' -f 1)
[ "$listed" = "$trainer_digest" ] || { say "trainer: digest $listed (expected: $trainer_digest)"; exit 1; }
while read -r sha name url; do
    file=$cache/jars/$sha/$name
    if [ ! -f "$file" ]; then
        mkdir -p "$cache/jars/$sha"
        part=$cache/jars/$sha/.part.$$
        fetch "$url" "$part" || { say "trainer: $name cannot be fetched"; exit 1; }
        [ "$(digest "$part")" = "$sha" ] || { rm -f "$part"; say "trainer: $name (expected: sha256 $sha)"; exit 1; }
        mv -f "$part" "$file"
        got=$((got + 1))
    fi
    classpath=$classpath${classpath:+:}$file
done <"$list"
rm -f "$list"
[ -z "$locked" ] || exec 9>&-
say "trainer: $got files fetched"

java=
for candidate in "${MILLRACE_JAVA:-}" "${JAVA_HOME:-/usr}/bin/java" "$(command -v java || true)" \
    /usr/lib/jvm/*25*/bin/java /opt/*25*/bin/java /opt/java/bin/java; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    major=$("$candidate" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    if [ -n "$major" ] && [ "$major" -ge 25 ]; then java=$candidate; break; fi
done
[ -n "$java" ] || { say 'JDK 25: not found (expected: in the machine image, or MILLRACE_JAVA in /etc/millrace/node.env)'; exit 1; }

# a command line of many kilobytes makes ONNX Runtime recurse until it dies: the class path goes this way
CLASSPATH=$classpath
DJL_OFFLINE=true
OPT_OUT_TRACKING=true
DJL_CACHE_DIR=${DJL_CACHE_DIR:-$cache/djl}
OMP_NUM_THREADS=$threads
MKL_NUM_THREADS=$threads
export CLASSPATH DJL_OFFLINE OPT_OUT_TRACKING DJL_CACHE_DIR OMP_NUM_THREADS MKL_NUM_THREADS
if [ -n "$heap" ]; then memory=-Xmx$heap; else memory=-XX:MaxRAMPercentage=60; fi

trainer() {
    # in this process group, so that whoever ends the group ends the trainer
    exec timeout --foreground -k 60 "$ttl_seconds" "$java" "$memory" -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
        --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
        -Dai.djl.pytorch.num_threads="$threads" -Dai.djl.pytorch.num_interop_threads=1 \
        io.millrace.infra.worker.TrainerMain --task-queue "$task_queue" --node "$node" --pool "$pool" \
        --threads "$threads" --store "$store" --scratch "$cache/scratch" --imds true --imds-every "${MILLRACE_IMDS_EVERY:-PT5S}"
}
gpus=$( (nvidia-smi -L 2>/dev/null || true) | grep -c '^GPU ' || true)
if [ "$gpus" -gt 1 ]; then
    gpu=0
    while [ "$gpu" -lt "$gpus" ]; do
        (CUDA_VISIBLE_DEVICES=$gpu; export CUDA_VISIBLE_DEVICES; trainer) &
        pids="$pids $!"
        gpu=$((gpu + 1))
    done
else
    (trainer) &
    pids=$!
fi
code=0
for pid in $pids; do
    # a signal ends a wait before its process has ended
    while :; do
        wait "$pid"
        one=$?
        kill -0 "$pid" 2>/dev/null || break
    done
    [ "$one" -eq 0 ] || code=$one
done
exit "$code"
