#!/usr/bin/env python3
"""What holds for pelrate as a whole and for every command alike."""

import re

import harness


def commands(case):
    """Names of the commands, from the help."""
    text = case.works('--help')
    listed = text.split('Commands:\n')[1].split('\n\n')[0]
    return re.findall(r'^  (\w+) ', listed, re.MULTILINE)


def actions(case):
    """Words of everything that has options: a command, or each action of one that has
    actions."""
    found = []
    for name in commands(case):
        listed = re.search(r'\nActions:\n(.*?)\n\n', case.works(name, '--help'), re.DOTALL)
        found += ([(name,)] if listed is None else
                  [(name, action) for action in
                   re.findall(r'^  ([\w-]+) ', listed[1], re.MULTILINE)])
    return found


class Frame(harness.Case):
    def test_help_goes_to_standard_output(self):
        text = self.works('--help')
        self.assertTrue(text.startswith('Usage: pelrate COMMAND'))
        self.assertEqual(text, self.works('-h'))

    def test_version(self):
        self.assertRegex(self.works('--version'), r'\Apelrate \d+\.\d+\.\d+\S*\n\Z')

    def test_no_command(self):
        result = self.pelrate()
        self.assertEqual((result.code, result.stdout), (2, ''))
        self.assertEqual(result.stderr, self.works('--help'))

    def test_unknown_command(self):
        self.fails(2, "pelrate: unknown command 'dsk', see 'pelrate --help'\n", 'dsk')

    def test_full_disk_for_help(self):
        with open('/dev/full', 'wb') as full:
            result = self.pelrate('--help', stdout=full)
        self.assertEqual((result.code, result.stderr),
                         (1, 'pelrate: standard output: cannot write\n'))

    def test_every_command_has_help(self):
        for words in actions(self):
            name = ' '.join(words)
            with self.subTest(command=name):
                text = self.works(*words, '--help')
                self.assertTrue(text.startswith(f'pelrate {name}: '), text)
                self.assertIn(f'\nUsage: pelrate {name} [OPTION...] ', text)
                self.assertRegex(text, rf'\n  (\$ )?pelrate {name} ')
                self.assertEqual(self.works(*words, '-h'), text)
                # An argument with a unit or a name for everything that takes one.
                self.assertNotRegex(text, r'=ARG\b')
                for line in text.splitlines():
                    if not line.startswith('  $ '):
                        self.assertLessEqual(len(line), 90, line)

    def test_every_command_refuses_unknown_options(self):
        for words in actions(self) + [(name,) for name in commands(self)]:
            name = ' '.join(words)
            with self.subTest(command=name):
                self.fails(2, f"pelrate {name}: --no-such-option: unknown option "
                           f"(see 'pelrate {name} --help')\n", *words, '--no-such-option')

    def test_commands_with_actions_list_them(self):
        for name in {words[0] for words in actions(self) if len(words) > 1}:
            text = self.works(name, '--help')
            self.assertTrue(text.startswith(f'pelrate {name}: '), text)
            self.assertIn(f'\nUsage: pelrate {name} ACTION [OPTION...] ', text)
            self.assertEqual(self.works(name, '-h'), text)
            self.assertLessEqual(max(map(len, text.splitlines())), 90)


if __name__ == '__main__':
    harness.main()
