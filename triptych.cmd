@echo off
rem Starts the Triptych command line. Builds it first where that has not happened yet.
rem Needs a JDK 17 or newer and, for the build, Maven 3.8.6 or newer.
setlocal
set "HERE=%~dp0"
set "APP=%HERE%examples\cli\target\app"
set "LOG=%HERE%examples\cli\target\build.log"
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java.exe"

rem Rebuild when a source is newer than the last build, or when this checkout was moved or copied since.
if exist "%APP%\built" (
  powershell -NoProfile -Command "if ((Get-Content '%APP%\built' -TotalCount 1) -ne '%APP%') { exit 1 }; $built=(Get-Item '%APP%\built').LastWriteTime; $roots='sdk-api','provider-openai','provider-local-diffusion','provider-discord-bridge','examples'; $newer=$roots | ForEach-Object { Get-ChildItem -Recurse -File (Join-Path '%HERE%' $_) -Exclude *.class | Where-Object { $_.FullName -notmatch '\\target\\' -and $_.FullName -match '\\src\\main\\|pom\.xml$' -and $_.LastWriteTime -gt $built } } | Select-Object -First 1; if ($newer) { exit 1 }"
  if not errorlevel 1 goto run
)

echo Building Triptych (the first time about a minute) ... 1>&2
if not exist "%HERE%examples\cli\target" mkdir "%HERE%examples\cli\target"
if exist "%APP%" rmdir /s /q "%APP%"
set "PROFILE="
where nvidia-smi >nul 2>nul && set "PROFILE=-Pcuda"
pushd "%HERE%"
call mvn -B -Dlauncher -Dmaven.test.skip=true %PROFILE% -pl examples/cli -am package > "%LOG%" 2>&1
if errorlevel 1 (
  popd
  echo triptych: the build failed; its log is %LOG% 1>&2
  exit /b 1
)
popd
copy /y "%HERE%examples\cli\target\triptych-cli-*.jar" "%APP%" >nul
>"%APP%\built" echo %APP%

:run
set "ORT_DISABLE_TELEMETRY=1"
"%JAVA%" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -Dtriptych.launcher=true -cp "%APP%\*" dev.triptych.cli.Main %*
exit /b %errorlevel%
