"""A disk that is full, or read-only, under the driver's cache of kernels and under the run's own folder. The disks are small file systems in
memory, which a name space of mounts holds for one command."""
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
import os
import subprocess
import sys

from _cli import CLONAL, main
from _faults import DIGEST, SCRATCH, Faults, make_set, skip_sanitized

DISK = os.path.join(SCRATCH, "disk")


SCRIPT = """disk=$1
then=$3
mount -t tmpfs -o "$2" tmpfs "$disk" || exit 99
shift 3
code=0
"$@" || code=$?
eval "$then"
ls -A "$disk" | sed "s/^/left: /" >&2
exit $code"""


def on_disk(options, then=""):
    """The words that start a command for which a fresh file system lies on DISK; what comes then; what is left there is listed on stderr."""
    return ["unshare", "-rm", "sh", "-c", SCRIPT, "sh", DISK, options, then]


class DriverDisk(Faults):
    @classmethod
    def setUpClass(cls):
        make_set("data")
        os.mkdir(DISK)

    def test_full_at_once(self):
        done = self.train("disk", on_disk("size=4k"))
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn(f"{DISK}, cannot be written: No space left on device; make room there, or name another by POCL_CACHE_DIR", done.stderr)
        self.assertNotIn("clonal-trial", done.stderr)

    def test_full_later(self):
        for size in ("40k", "1200k"):  # products are planned anew, since those that are known take fewer kernels
            done = self.train("disk", on_disk(f"size={size}"), env={"XDG_CACHE_HOME": os.path.join(SCRATCH, f"cache-{size}")})
            left = [line for line in done.stderr.splitlines() if line.startswith("left: ")]
            self.assertNotIn("clonal-trial", "".join(left))
            done.stderr = "\n".join(line for line in done.stderr.splitlines() if line not in left)
            self.died(done, DISK, "its disk is full: make room there, or name another folder by POCL_CACHE_DIR")

    def test_no_more_files(self):
        done = self.train("disk", on_disk("size=1m,nr_inodes=3"))
        done.stderr = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("left: "))
        self.died(done, DISK, "its disk is full")

    def test_read_only(self):
        done = self.train("disk", on_disk("size=4m,ro"))
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn(f"{DISK}, cannot be written: Read-only file system; make it a folder that you may write to", done.stderr)

    def test_large_enough(self):
        done = self.train("disk", on_disk("size=64m"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("sha256:14754d9cbb12", done.stdout)

    def test_full_under_the_run(self):
        """Clonal's own files are another matter: an error names the file, what is there is whole, and with room made the run goes on."""
        self.right(self.train())
        for size in ("4k", "12k", "16k"):
            resume = f'mount -o remount,size=16m "$disk"; {CLONAL} train --resume --out "$disk/run" --quiet'
            done = self.train(command=on_disk(f"size={size}", resume), out=f"{DISK}/run")
            self.assertEqual(done.returncode, 9, done.stderr)
            self.assertIn(f"{DISK}/run", done.stderr)
            self.assertEqual(done.stderr.count("No space left on device\n"), 1, done.stderr)
            self.assertTrue(done.stdout.startswith(DIGEST), done.stdout)


if __name__ == "__main__":
    skip_sanitized()
    os.makedirs("probe")
    if subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "probe"], stderr=subprocess.DEVNULL, check=False).returncode:
        print("skipped: no file system can be mounted here")
        sys.exit(77)
    main()
