"""clonal verify --all: four compilers, one digest. Each makes all cases, oclgrind the small ones."""
# ctest: PLATFORMS pocl+rusticl+intel+oclgrind LABELS long TIMEOUT 1500
import json

from _cli import Case, main


class VerifyAll(Case):
    def test_equal(self):
        devices = json.loads(self.good("verify", "--all", "--json", timeout=1400))["devices"]
        self.assertEqual(len({device["platform"] for device in devices}), 4, devices)
        self.assertEqual({device["equal"] for device in devices}, {True}, devices)
        self.assertEqual(len({device["small_digest"] for device in devices}), 1)
        self.assertEqual(len({device["digest"] for device in devices if not device["small"]}), 1)
        self.assertEqual([device["platform"] for device in devices if device["small"]], ["Oclgrind"])


main()
