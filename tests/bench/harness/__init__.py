"""What tests/bench/run consists of. command.py is the way in."""
