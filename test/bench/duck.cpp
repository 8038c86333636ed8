/*
 * Plain DuckDB for make bench: runs statements over files and prints how long each took.
 *
 *     duck THREADS ROUNDS < statements     a line each; prints the milliseconds of every round, a line for each statement
 *
 * A statement's rows are fetched as chunks, and not looked at.
 */
#include "duckdb.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	duckdb::DBConfig config;
	config.options.maximum_threads = std::strtoull(argv[1], nullptr, 10);
	duckdb::DuckDB database(nullptr, &config);
	duckdb::Connection connection(database);
	std::string sql;
	while (std::getline(std::cin, sql))
	{
		for (long round = std::atol(argv[2]); round > 0; --round)
		{
			const auto begin = std::chrono::steady_clock::now();
			auto result = connection.SendQuery(sql);
			if (result->HasError())
			{
				std::fprintf(stderr, "%s\n%s\n", sql.c_str(), result->GetError().c_str());
				return 1;
			}
			while (auto chunk = result->Fetch())
				if (chunk->size() == 0)
					break;
			const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
			std::printf("%.3f ", took.count());
		}
		std::printf("\n");
		std::fflush(stdout);
	}
	return 0;
}
