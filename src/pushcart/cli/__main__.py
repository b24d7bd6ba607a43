from pushcart.cli import main

main()
