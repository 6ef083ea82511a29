module recipe

go 1.19
