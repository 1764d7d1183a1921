from practice.server import main

main()
