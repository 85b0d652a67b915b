"""Help, suggestions, exit codes; that manual and completions know every option; that tools use public headers."""
# ctest: HOST
import glob
import re

from _cli import SOURCE, Case, main, run

VERBS = re.findall(r"^  ([a-z]+) {2,}", run("--help").stdout, re.M)


def options_of(text):
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.M)) - {"--version"}


def settings_of(text):
    """Of sweep: train's options that it takes, which its help names in lines without words."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text.partition("Settings of all runs")[2]))


def part_of(document, text, verb):
    """What a completion says of a verb."""
    if document.endswith(".fish"):
        return "".join(line for line in text.splitlines(True) if re.search(rf"__clonal_verb [a-z ]*\b{verb}\b", line))
    return re.search(rf"(?ms)^ +{verb}\)(?! ;;)(.*?);;$", text).group(1)


class Help(Case):
    def test_fits_a_screen(self):
        for arguments in [["--help"], ["-h"], ["help"], ["--version"], ["help", "exit-codes"]] + [[v, "--help"] for v in VERBS]:
            text = self.good(*arguments)
            # train has more options, and the command more verbs, than a small screen has lines
            most = 52 if arguments[0] == "train" else 36 if arguments[0] in ("--help", "-h", "help") else 24
            self.assertLessEqual(text.count("\n"), most, arguments)
            self.assertLessEqual(max(map(len, text.splitlines())), 80, arguments)

    def test_names_every_verb(self):
        self.assertLessEqual({"train", "eval", "predict", "plot", "devices", "rng", "mask", "dropout"}, set(VERBS))
        for verb in VERBS:
            self.assertTrue(self.good(verb, "--help").startswith(f"Usage: clonal {verb} "))
            self.assertEqual(self.good("help", verb), self.good(verb, "--help"))

    def test_version(self):
        self.assertRegex(self.good("--version"), r"\Aclonal \d+\.\d+\.\d+\nnumeric contract \d+\n\Z")

    def test_exit_codes(self):
        codes = re.findall(r"^ *(\d+)  (.+)$", self.good("help", "exit-codes"), re.M)
        self.assertEqual([int(c) for c, _ in codes], list(range(16)) + [20, 130])
        manual = open(f"{SOURCE}/tools/man/clonal.1").read()
        for code, text in codes[:-1]:
            self.assertIn(f"\n{code}\t{text}\n", manual)

    def test_suggestions(self):
        for wrong, right in [("trian", "train"), ("evl", "eval"), ("pred", "predict"), ("device", "devices"), ("masks", "mask"),
                             ("halp", "help"), ("--vesrion", "--version"), ("--hlep", "--help")]:
            self.bad(2, wrong, has=f"did you mean '{right}'?")
        self.bad(2, "help", "plto", has="did you mean 'plot'?")
        for verb, wrong, right in [("train", "--droput", "--dropout"), ("train", "--batchsize=3", "--batch"),
                                   ("train", "--learning", None), ("devices", "--jsno", "--json"), ("rng", "--cuonter", "--counter"),
                                   ("mask", "--ouput", "--output"), ("train", "--hidden-layers", "--hidden")]:
            has = f"did you mean '{right}'?" if right else f"see 'clonal {verb} --help'"
            self.bad(2, verb, wrong, has=has)
        self.bad(2, "train", "--gemm", "natvie", has="did you mean 'native'?")
        self.bad(2, "xyzzy", has="see 'clonal --help'")
        self.bad(2, has="a verb is missing")

    def test_arguments(self):
        self.bad(2, "train", "extra", has="'extra' is one argument too many")
        self.bad(2, "eval", has="an argument is missing")
        self.bad(2, "eval", "a", "b", has="'b' is one argument too many")
        self.bad(2, "train", "--seed", has="'--seed' needs a value")
        self.bad(2, "mask", "--p", "0.5", has="'--rows R' is missing")
        self.bad(2, "plot", "a", has="'--output FILE' is missing")

    def test_documents_know_every_option(self):
        documents = [f"{SOURCE}/tools/man/clonal.1", *glob.glob(f"{SOURCE}/tools/completion/*")]
        self.assertEqual(len(documents), 4)
        for document in documents:
            text = open(document).read().replace("\\-", "-")
            for verb in VERBS:
                self.assertIn(verb, text)
                told = self.good(verb, "--help")
                part = text if document.endswith(".1") else part_of(document, text, verb)
                for option in (options_of(told) | settings_of(told)) - {"--help"}:
                    # what all but a few verbs have is not said of each
                    found = re.search(rf"(--|-l ){option[2:]}(?![\w-])", text if option == "--cache" else part)
                    self.assertTrue(found, f"{document} does not have {option} of {verb}")
                if verb == "help" and part is not text:
                    for topic in VERBS:
                        self.assertTrue(topic == "help" or re.search(rf"\b{topic}\b", part), f"{document} does not have the topic {topic}")

    def test_names_of_the_library(self):
        """What the library says that it knows, where it does not know a name, is what users read elsewhere."""
        for option, wrong in [("--activation", "activation"), ("--optimizer", "optimizer"), ("--schedule", "schedule"), ("--dropout-schedule", "schedule")]:
            names = re.search(r"give one of ([a-z_, ]+)", self.bad(2, "train", option, "none-such", "--device", "none-such")).group(1)
            self.assertGreater(len(names.split(", ")), 2)
            for name in names.split(", "):
                self.assertRegex(self.good("train", "--help"), rf"{option}[^-]*\b{name}\b", option)
                for document in [f"{SOURCE}/tools/man/clonal.1", *glob.glob(f"{SOURCE}/tools/completion/*")]:
                    self.assertRegex(open(document).read(), rf"\b{name}\b", document)

    def test_public_headers_only(self):
        allowed = re.compile(r'#include (<clonal/\w+\.h>|<(popt|jansson)\.h>|<(sys/)?\w+\.h>|"((support|report|experiments)/)?\w+\.h")')
        files = [f for f in glob.glob(f"{SOURCE}/tools/*.[ch]") if "bench_" not in f]
        files += [f for folder in ("support", "report", "experiments") for f in glob.glob(f"{SOURCE}/tools/{folder}/*.[ch]")]
        files += glob.glob(f"{SOURCE}/tools/examples/*.c")
        self.assertGreater(len(files), 20)
        for path in files:
            for line in open(path):
                if line.startswith("#include"):
                    self.assertRegex(line, allowed, path)

    def test_example_is_short(self):
        self.assertLess(len(open(f"{SOURCE}/tools/examples/train.c").readlines()), 60)


main()
