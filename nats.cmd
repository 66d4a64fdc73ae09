@echo off
rem Builds the program on first use or when its sources changed, then runs it.
setlocal
call "%~dp0eng\run-program.cmd" nats
if errorlevel 1 exit /b 1
"%~dp0artifacts\programs\nats.exe" %*
exit /b %errorlevel%
