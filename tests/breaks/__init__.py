"""Rules of the project that were broken on purpose, as data, and the program that breaks them again."""
