"""`python -m localdigest`, for where no `localdigest` command lies beside the interpreter."""

from localdigest.cli import main

main()
