@echo off
rem Builds the solution and runs its tests; the last line says how many passed and failed. test --help lists the options.
setlocal
where dotnet >nul 2>nul
if errorlevel 1 (
    echo test: the .NET SDK 10.0 is needed to build, and no dotnet command was found: https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
    exit /b 1
)
set "DOTNET_NOLOGO=1"
set "DOTNET_CLI_TELEMETRY_OPTOUT=1"
dotnet run --project "%~dp0eng\TestRunner" -c Release -v quiet -- %*
exit /b %errorlevel%
